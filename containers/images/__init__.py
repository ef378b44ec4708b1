"""Pictures as an algorithm's input: channels of encoded images with labels, and requests of one image."""

from containers.images.decoding import Shape, decode, encode_png, resize, resize_shorter
from containers.images.input import ImageInput
from containers.images.pictures import Images

__all__ = ["ImageInput", "Images", "Shape", "decode", "encode_png", "resize", "resize_shorter"]
