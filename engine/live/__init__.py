"""The part of the engine that awaits: NATS, the log, owners of shows, and the database.

server = NatsServer(data / "nats"); await server.start()
bus = await Bus.connect(server.url)
intake = Intake(bus, node=node)                       # links put entries in, and give receipts when told
runner = Runner(bus, formats=format_named, now=ShowClock().now, node=node, records=...)
asyncio.create_task(runner.run())                     # folds the logs of open shows, publishes scenes
"""

from oncue.engine.live.agreement import Agreement
from oncue.engine.live.bus import Bus, subject
from oncue.engine.live.clock import ShowClock
from oncue.engine.live.intake import Intake
from oncue.engine.live.lease import Lease, in_turn
from oncue.engine.live.messages import Answer, Ask, ClockCard, News, RelayCard, ShowCard
from oncue.engine.live.reader import Reader, read_log
from oncue.engine.live.records import Records
from oncue.engine.live.runner import Runner, cards, put_card, watch_cards
from oncue.engine.live.server import NatsServer
from oncue.engine.live.tasks import end

__all__ = [
    "Agreement", "Answer", "Ask", "Bus", "ClockCard", "Intake", "Lease", "NatsServer", "News", "Reader", "Records", "RelayCard", "Runner",
    "ShowCard", "ShowClock", "cards", "end", "in_turn", "put_card", "read_log", "subject", "watch_cards",
]  # fmt: skip
