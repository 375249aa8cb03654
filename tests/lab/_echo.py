"""A server that says when what comes to it came: `python _echo.py` prints its TCP and its UDP port, and ends with its standard input.

UDP: 8 bytes of the sender's choice come back with 8 bytes of our time. TCP: everything comes back.
"""

import socket
import struct
import sys
import threading
import time


def echo_datagrams(box: socket.socket) -> None:
    while True:
        data, sender = box.recvfrom(1 << 16)
        box.sendto(data[:8] + struct.pack("!d", time.monotonic()) + data[16:], sender)


def echo_stream(stream: socket.socket) -> None:
    with stream:
        while data := stream.recv(1 << 16):
            stream.sendall(data)


def listen(listener: socket.socket) -> None:
    while True:
        stream, _ = listener.accept()
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=echo_stream, args=(stream,), daemon=True).start()


if __name__ == "__main__":
    box = socket.socket(type=socket.SOCK_DGRAM)
    box.bind(("127.0.0.1", 0))
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=echo_datagrams, args=(box,), daemon=True).start()
    threading.Thread(target=listen, args=(listener,), daemon=True).start()
    print(listener.getsockname()[1], box.getsockname()[1], flush=True)
    sys.stdin.read()
