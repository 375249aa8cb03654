"""What a client says and hears, over real sockets."""

from oncue.engine.structs import Role


async def test_hello_is_answered_by_welcome_with_what_is_to_be_seen(stage):
    phone = await stage.dial()
    phone.say("hello", token=stage.token(viewer=77))
    welcome = await phone.told("welcome")
    assert (welcome["viewer"], welcome["role"]) == (77, "audience")
    assert welcome["show"] == {"id": stage.show, "code": "ABCDEF", "title": "Evening"}
    assert welcome["scene"]["scene"]["blocks"]
    assert "desk" not in welcome
