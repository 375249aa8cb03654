"""A network laboratory: viewers whose networks have delay, jitter, loss and a rate, that get worse, break and come back.

    async with Lab() as lab:
        phone = await lab.viewer(Path.of(120, jitter_ms=20, loss=0.01), tcp=[("127.0.0.1", 8080)], udp=[("127.0.0.1", 4443)])
        host, port = phone.tcp[0]            # the phone's way to 127.0.0.1:8080
        await phone.change(NETWORKS["3g"])
        await phone.cut()
        await phone.mend()
        print((await phone.traffic()).down.delay_p95_ms)

Proxies on loopback, in a process of their own: needs no root. TCP feels delay, jitter and rate; a segment that is lost comes a
retransmission timeout later. UDP datagrams are really lost. `Lab(namespaces=True)` (root, Linux) gives each viewer a network namespace:
there TCP segments are really lost too, and `phone.command([...])` starts a browser inside, for which 127.0.0.1:8080 is 127.0.0.1:8080.
"""

from .lab import Lab, Traffic, Viewer
from .lane import Flow
from .path import NETWORKS, Path, network

__all__ = ["NETWORKS", "Flow", "Lab", "Path", "Traffic", "Viewer", "network"]
