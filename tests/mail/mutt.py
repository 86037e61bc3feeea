"""mutt, as a person reads mail with it."""

import fcntl
import mailbox
import os
import pathlib
import pty
import select
import signal
import struct
import tempfile
import termios
import time

# How long it may take. It reads a file and writes another one.
LONGEST = 30

SETTINGS = """set sort=threads
set pipe_decode=yes
set wait_key=no
set charset=utf-8
set quit=yes
set move=no
ignore *
unignore from to subject reply-to
"""


def conversation(mails):
    """The text of the whole conversation that mutt finds the last of these mails in, as it shows it."""
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        box = mailbox.mbox(directory / "mbox")
        for mail in mails:
            box.add(mail)
        box.close()
        shown = directory / "shown"
        # mutt has no mode in which it reads by itself, so these keys are pressed.
        keys = f"<last-entry><tag-thread><tag-prefix><pipe-message>cat > {shown}<enter><exit>"
        places = f"set folder={directory}\nset spoolfile={directory}/mbox\n"
        (directory / "rc").write_text(f'{SETTINGS}{places}push "{keys}"\n')
        screen = run(["mutt", "-n", "-F", str(directory / "rc"), "-f", str(directory / "mbox")], directory)
        if not shown.exists():
            raise AssertionError(f"mutt has read nothing: {screen!r}")
        return shown.read_text()


def run(command, home):
    """Runs a program that wants a terminal, and returns what it has drawn."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        os.environ.update(TERM="xterm", LC_ALL="C.UTF-8", HOME=str(home))
        os.execvp(command[0], command)
    screen, end = b"", time.monotonic() + LONGEST
    try:
        while True:
            if time.monotonic() > end:
                os.kill(child, signal.SIGKILL)
                raise AssertionError(f"{command[0]} does not end: {screen!r}")
            if select.select([terminal], [], [], 1)[0]:
                drawn = os.read(terminal, 4096)
                if not drawn:
                    return screen
                screen += drawn
    except OSError:
        # The terminal is gone with the program.
        return screen
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
