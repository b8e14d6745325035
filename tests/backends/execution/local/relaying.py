"""What the CLI does with a foreground run: run by the tests on a real terminal."""

import asyncio
import sys
from pathlib import Path

from hawk.backends.execution.local.terminal import relay


async def main():
    folder, launch = Path(sys.argv[1]), int(sys.argv[2])

    async def on_interrupt(count):
        sys.stdout.write(f"[interrupt {count}]\r\n")
        sys.stdout.flush()
        if count == 2:
            (folder / "go").touch()
        if count == 3:
            raise LookupError("third time")

    await relay(folder, launch, on_interrupt)
    sys.stdout.write("[relay is over]\n")


if __name__ == "__main__":
    asyncio.run(main())
