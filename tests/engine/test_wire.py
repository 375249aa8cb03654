"""Scenes and messages are the same after their way over the wire."""

import types
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from oncue.engine.blocks import AnyBlock, Scene
from oncue.engine.wire import DownMsg, UpMsg

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda some: st.lists(some, max_size=2) | st.dictionaries(st.text(max_size=3), some, max_size=2),
    max_leaves=4,
)


simple = {
    inspect.IntType: st.integers(-(2**53), 2**53),
    inspect.FloatType: st.floats(allow_nan=False, allow_infinity=False),
    inspect.StrType: st.text(max_size=8),
    inspect.BoolType: st.booleans(),
    inspect.NoneType: st.none(),
    inspect.AnyType: plain,
    inspect.RawType: plain.map(lambda value: msgspec.Raw(msgspec.json.encode(value))),
}


def values(info: inspect.Type) -> st.SearchStrategy[Any]:
    """All values of a msgspec type."""
    match info:
        case inspect.StructType():
            fields = {field.name: values(field.type) for field in info.fields}
            return st.builds(info.cls, **fields)
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case inspect.VarTupleType():
            return st.lists(values(info.item_type), max_size=3).map(tuple)
        case inspect.UnionType():
            return st.one_of(*map(values, info.types))
        case inspect.DictType():
            return st.dictionaries(values(info.key_type), values(info.value_type), max_size=2)
    return simple[type(info)]


def members(union: Any) -> list[Any]:
    return list(union.__args__) if isinstance(union, types.UnionType) else [union]


@pytest.mark.parametrize("kind", members(AnyBlock), ids=lambda kind: kind.__name__)
def test_a_block_is_the_same_after_its_way_to_the_browser(kind):
    @given(values(inspect.type_info(kind)))
    def check(block):
        data = msgspec.json.encode(Scene((block,)))
        assert msgspec.json.decode(data, type=Scene) == Scene((block,))
        assert msgspec.json.decode(data)["blocks"][0]["block"] == kind.__name__.lower()

    check()


@pytest.mark.parametrize("union", [UpMsg, DownMsg], ids=["up", "down"])
def test_each_message_of_the_link_is_read_as_what_it_was(union):
    for kind in members(union):

        @given(values(inspect.type_info(kind)))
        def check(message):
            again = msgspec.json.decode(msgspec.json.encode(message), type=union)
            assert type(again) is type(message)
            assert msgspec.json.encode(again) == msgspec.json.encode(message)

        check()
