"""Webhooks reach a real receiver: signed, once each, in order, and again when it fails."""

import asyncio
import base64
import hashlib
import hmac
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from receivers import SECRET, Clock, Receiver, made, receiving, to

from oncue.api.webhooks.door import Door, is_public
from oncue.api.webhooks.sending import Sender
from oncue.api.webhooks.signing import headers, new_secret
from oncue.engine.errors import BadInput
from oncue.engine.live import end
from oncue.engine.live.hooks import Attempt, Delivery, Hooks

ID = "aaaaaaaaaa-1-0"


async def until_state(
    hooks: Hooks, state: str, event: str = ID, tries: int = 1
) -> tuple[Delivery, list[Attempt]]:
    while True:
        found, attempts = await hooks.delivery("wh1", event)
        if found.state == state and len(attempts) >= tries:
            return found, attempts
        await asyncio.sleep(0.005)


async def send(hooks: Hooks, sender: Sender, receiver: Receiver, *numbers: int) -> None:
    await hooks.add(to(receiver.url()))
    await hooks.enqueue([made(number) for number in numbers or (1,)])
    sender.wake()


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    body = b'{"test": 2432232314}'
    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [SECRET])
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_delivery_is_signed_by_the_new_secret_and_the_old(
    hooks: Hooks, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    old = new_secret()
    await hooks.add(to(receiver.url(), old_secret=old, old_until=clock.now() + 10**9))
    await hooks.enqueue([made()])
    sender.wake()
    await until_state(hooks, "sent")
    ((path, said, body),) = receiver.heard
    assert (path, said["webhook-id"], said["content-type"].split(";")[0]) == (
        "/in",
        ID,
        "application/cloudevents+json",
    )
    signed = f"{ID}.{said['webhook-timestamp']}.".encode() + body
    wanted = [
        "v1," + base64.b64encode(hmac.digest(base64.b64decode(key[6:]), signed, hashlib.sha256)).decode()
        for key in (SECRET, old)
    ]
    assert said["webhook-signature"].split() == wanted


async def test_what_fails_is_tried_again_until_it_goes_well(
    hooks: Hooks, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = ["500 Oh|" + "x" * 5000, "302 Found", "204 None"]
    before = clock.now()
    await send(hooks, sender, receiver)
    found, _ = await until_state(hooks, "pending", tries=1)
    assert before + 8e6 <= found.due_at <= clock.now() + 12e6
    assert (await hooks.one("wh1")).failing_since
    clock.skip = 13
    sender.wake()
    await until_state(hooks, "pending", tries=2)
    clock.skip = 200
    sender.wake()
    _, attempts = await until_state(hooks, "sent", tries=3)
    assert [one.status for one in attempts] == [500, 302, 204]
    assert attempts[0].answer == "x" * 1024
    assert not (await hooks.one("wh1")).failing_since
    assert {said["webhook-id"] for _, said, _ in receiver.heard} == {ID}


async def test_what_fails_too_often_is_dead_and_can_be_sent_again(
    hooks: Hooks, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = ["503 No"] * 4 + ["200 OK"]
    await send(hooks, sender, receiver)
    for tries, skip in enumerate((20, 200, 2000), 1):
        await until_state(hooks, "pending", tries=tries)
        clock.skip += skip
        sender.wake()
    await until_state(hooks, "dead", tries=4)
    await hooks.retry("wh1", ID, clock.now())
    sender.wake()
    await until_state(hooks, "sent", tries=5)


async def test_one_that_fails_holds_up_none_that_come_after_it(
    hooks: Hooks, sender: Sender, receiver: Receiver
) -> None:
    receiver.answers = ["500 No", "200 OK"]
    await send(hooks, sender, receiver, 3, 1, 2)
    await until_state(hooks, "sent", "aaaaaaaaaa-3-0")
    assert [said["webhook-id"] for _, said, _ in receiver.heard] == [f"aaaaaaaaaa-{n}-0" for n in (1, 2, 3)]


async def test_shows_do_not_wait_for_each_other(hooks: Hooks, sender: Sender, receiver: Receiver) -> None:
    receiver.hold.clear()
    await hooks.add(to(receiver.url()))
    await hooks.enqueue([made(n, show=show) for show in ("aaaaaaaaaa", "bbbbbbbbbb") for n in (1, 2)])
    sender.wake()
    await receiver.got(2)
    assert {said["webhook-id"] for _, said, _ in receiver.heard} == {ID, "bbbbbbbbbb-1-0"}
    receiver.hold.set()
    await until_state(hooks, "sent", "bbbbbbbbbb-2-0")


async def test_a_receiver_that_is_slow_is_given_up_for_now(
    hooks: Hooks, clock: Clock, receiver: Receiver
) -> None:
    receiver.hold.clear()
    door = Door(private=True, timeout=0.05, now=clock.now)
    attempt = await door.post(receiver.url(), {}, b"{}")
    assert (attempt.status, attempt.error) == (0, "no answer within 0.05 s")
    await door.close()


async def test_one_where_nobody_listens_or_that_is_not_known_says_so(door: Door) -> None:
    async with receiving() as gone:
        url = gone.url()
    assert "ConnectError" in (await door.post(url, {}, b"")).error
    assert "not known" in (await door.post("https://nowhere.invalid/", {}, b"")).error


async def test_a_certificate_of_somebody_else_is_no_certificate(door: Door, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    async with receiving(ssl=context) as receiver:
        attempt = await door.post(receiver.url().replace("http:", "https:"), {}, b"{}")
    assert attempt.status == 0
    assert "certificate verify failed" in attempt.error
    assert receiver.heard == []


async def test_what_was_proven_for_one_name_does_not_count_for_another_at_the_same_address(
    door: Door, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path, x509.IPAddress(IPv4Address("127.0.0.1"))))
    door._trust = ssl.create_default_context(cafile=str(tmp_path / "tls.pem"))
    async with receiving(ssl=context) as receiver:
        url = receiver.url().replace("http:", "https:")
        assert (await door.post(url, {}, b"{}")).status == 200  # and the connection is kept
        attempt = await door.post(url.replace("127.0.0.1", "127.1"), {}, b"{}")
    assert "certificate verify failed" in attempt.error
    assert len(receiver.heard) == 1


async def test_a_receiver_that_is_gone_is_told_nothing_more(
    hooks: Hooks, sender: Sender, receiver: Receiver
) -> None:
    receiver.answers = ["410 Gone"]
    await send(hooks, sender, receiver, 1, 2)
    await until_state(hooks, "pending")
    while (webhook := await hooks.one("wh1")).active:
        await asyncio.sleep(0.005)
    assert webhook.why == "it answered 410 Gone"
    assert len(receiver.heard) == 1


async def test_a_receiver_that_fails_for_days_is_given_up(
    hooks: Hooks, sender: Sender, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = ["500 No"]
    await hooks.add(to(receiver.url(), failing_since=clock.now() - 6 * 24 * 3600 * 10**6))
    await hooks.enqueue([made()])
    sender.wake()
    await until_state(hooks, "pending")
    while (webhook := await hooks.one("wh1")).active:
        await asyncio.sleep(0.005)
    assert webhook.why.startswith("nothing has gone well since 20")


async def test_what_a_process_was_sending_when_it_died_is_sent_by_the_next(
    hooks: Hooks, sender: Sender, receiver: Receiver, clock: Clock, door: Door
) -> None:
    receiver.hold.clear()
    await send(hooks, sender, receiver)
    await receiver.got(1)
    await end(*sender._lanes.values())  # died
    receiver.hold.set()
    other = Sender(hooks, door, now=clock.now)
    running = asyncio.create_task(other.run())
    clock.skip = 61
    other.wake()
    await until_state(hooks, "sent")
    await end(running)
    assert [said["webhook-id"] for _, said, _ in receiver.heard] == [ID, ID]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
     "::127.0.0.1", "ff02::1", "fec0::1", "64:ff9b:1::7f00:1", "::ffff:0:127.0.0.1", "5f00::1"],
)  # fmt: skip
def test_no_private_address_passes_for_a_public_one(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://1.1.1.1/", "https://127.0.0.1/", "https://localhost/x", "https://[::1]/", "https://kim:pw@1.1.1.1/", "ftp://1.1.1.1/",
     "https://", "https:///x", "https://2130706433/", "https://0x7f.1/", "https://1.1.1.1:0/", "nonsense"],
)  # fmt: skip
async def test_addresses_that_lead_inside_are_refused(clock: Clock, url: str) -> None:
    door = Door(now=clock.now)
    with pytest.raises(BadInput) as no:
        await door.look(url)
    assert no.value.code == "webhook/address"
    refused = await door.post(url, {}, b"")
    assert (refused.status, refused.error) == (0, no.value.message)


def _certificate(folder: Path, *names: x509.GeneralName) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody else")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls.pem").write_bytes(pem)
    return folder / "tls.pem"
