"""SageMaker's ``aialgs.data.Record`` as google's protobuf knows it: an oracle that shares no line with our reader."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto
PACKAGE = ".aialgs.data"


def field(name: str, number: int, kind: int, repeated: bool = False, packed: bool = False, of: str = "") -> FIELD:
    label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
    made = FIELD(name=name, number=number, type=kind, label=label)
    if of:
        made.type_name = f"{PACKAGE}.{of}"
    if packed:
        made.options.packed = True
    return made


def tensor(name: str, kind: int, packed: bool) -> descriptor_pb2.DescriptorProto:
    lists = [("values", 1, kind), ("keys", 2, FIELD.TYPE_UINT64), ("shape", 3, FIELD.TYPE_UINT64)]
    return descriptor_pb2.DescriptorProto(
        name=name, field=[field(each, number, of, True, packed) for each, number, of in lists]
    )


def value() -> descriptor_pb2.DescriptorProto:
    numbers = [
        ("float32_tensor", 2, "Float32Tensor"),
        ("float64_tensor", 3, "Float64Tensor"),
        ("int32_tensor", 7, "Int32Tensor"),
        ("bytes", 9, "Bytes"),
    ]
    made = descriptor_pb2.DescriptorProto(name="Value", oneof_decl=[{"name": "value"}])
    for name, number, of in numbers:
        made.field.append(field(name, number, FIELD.TYPE_MESSAGE, of=of))
        made.field[-1].oneof_index = 0
    return made


def entry(name: str) -> descriptor_pb2.DescriptorProto:
    fields = [field("key", 1, FIELD.TYPE_STRING), field("value", 2, FIELD.TYPE_MESSAGE, of="Value")]
    return descriptor_pb2.DescriptorProto(name=name, field=fields, options={"map_entry": True})


def record() -> descriptor_pb2.DescriptorProto:
    maps = [("features", 1, "Record.FeaturesEntry"), ("label", 2, "Record.LabelEntry")]
    texts = [("uid", 3), ("metadata", 4), ("configuration", 5)]
    return descriptor_pb2.DescriptorProto(
        name="Record",
        field=[
            *(field(name, number, FIELD.TYPE_MESSAGE, True, of=of) for name, number, of in maps),
            *(field(name, number, FIELD.TYPE_STRING) for name, number in texts),
        ],
        nested_type=[entry("FeaturesEntry"), entry("LabelEntry")],
    )


def schema(packed: bool) -> Any:
    """The class of the message; with lists that are not packed it is what other writers may send."""
    numbers = [
        ("Float32Tensor", FIELD.TYPE_FLOAT),
        ("Float64Tensor", FIELD.TYPE_DOUBLE),
        ("Int32Tensor", FIELD.TYPE_INT32),
    ]
    octets = [field("value", 1, FIELD.TYPE_BYTES, True), field("content_type", 2, FIELD.TYPE_STRING)]
    file = descriptor_pb2.FileDescriptorProto(
        name="record.proto",
        package=PACKAGE[1:],
        syntax="proto2",
        message_type=[
            *(tensor(name, kind, packed) for name, kind in numbers),
            descriptor_pb2.DescriptorProto(name="Bytes", field=octets),
            value(),
            record(),
        ],
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("aialgs.data.Record"))


Record = schema(packed=True)
Unpacked = schema(packed=False)
