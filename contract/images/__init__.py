"""Pictures as an algorithm's input: channels of encoded images with labels, and requests of one image."""

from contract.images.decoding import Shape, decode, encode_png, resize, resize_shorter
from contract.images.input import ImageInput
from contract.images.pictures import Images

__all__ = ["ImageInput", "Images", "Shape", "decode", "encode_png", "resize", "resize_shorter"]
