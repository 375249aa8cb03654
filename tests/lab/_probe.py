"""Somebody who measures a path: `python _probe.py udp|tcp HOST PORT COUNT SIZE GAP_MS [PATIENCE_S]`, prints JSON.

udp: `up` and `down` are the one-way times in ms of each of the COUNT datagrams that came back, `numbers` which they were.
tcp: one connection on which COUNT times SIZE bytes go there and back; `first` is from connecting until all of the first are back in
ms, `trips` of each after it, `whole` whether everything came as it was sent.
"""

import json
import socket
import struct
import sys
import threading
import time


def udp(address: tuple[str, int], count: int, size: int, gap: float, patience: float) -> dict:
    box = socket.socket(type=socket.SOCK_DGRAM)
    box.settimeout(patience)
    box.connect(address)
    sent = [0.0] * count

    def send() -> None:
        for number in range(count):
            sent[number] = time.monotonic()
            box.send(struct.pack("!Qd", number, 0) + bytes(max(size - 16, 0)))
            time.sleep(gap)

    sender = threading.Thread(target=send)
    sender.start()
    up, down, numbers = [], [], []
    while len(numbers) < count:
        try:
            data = box.recv(1 << 16)
        except TimeoutError:
            break
        now = time.monotonic()
        number, there = struct.unpack_from("!Qd", data)
        numbers.append(number)
        up.append(1e3 * (there - sent[number]))
        down.append(1e3 * (now - there))
    sender.join()
    return {"up": up, "down": down, "numbers": numbers, "seconds": time.monotonic() - sent[0]}


def tcp(address: tuple[str, int], count: int, size: int, gap: float, patience: float) -> dict:
    begun = time.monotonic()
    stream = socket.create_connection(address, timeout=patience)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    first, trips, whole = 0.0, [], True
    for number in range(count):
        said, sent, heard = bytes([number % 251]) * size, time.monotonic(), b""
        sender = threading.Thread(target=stream.sendall, args=(said,))
        sender.start()
        while len(heard) < size and (data := stream.recv(1 << 16)):
            heard += data
        sender.join()
        now = time.monotonic()
        if number:
            trips.append(1e3 * (now - sent))
        else:
            first = 1e3 * (now - begun)
        whole = whole and heard == said
        time.sleep(gap)
    seconds = time.monotonic() - begun
    stream.shutdown(socket.SHUT_WR)
    whole = whole and not stream.recv(1)
    return {"first": first, "trips": trips, "whole": whole, "seconds": seconds}


if __name__ == "__main__":
    kind, host, *numbers = sys.argv[1:]
    port, count, size, gap, patience = [*map(float, numbers), 2.0][:5]
    measured = {"udp": udp, "tcp": tcp}[kind]((host, int(port)), int(count), int(size), gap / 1e3, patience)
    print(json.dumps(measured))
