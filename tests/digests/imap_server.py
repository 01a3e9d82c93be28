"""A small IMAP server on this machine, with what `imaplib` needs to read one mailbox."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Mailbox:
    """One folder of mails by their UID; `seen` are those marked as read, `logins` the lines that logged in."""

    def __init__(self, folder: str, mails: dict[str, bytes]):
        self.folder, self.mails = folder, mails
        self.seen: set[str] = set()
        self.logins: list[str] = []
        self.port = 0


class Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"* OK IMAP4rev1\r\n")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            status = self.answer(command)
            self.wfile.write(f"{tag} {status} done\r\n".encode())

    def answer(self, command: str) -> str:
        mailbox: Mailbox = self.server.mailbox
        match command.split():
            case ["CAPABILITY"]:
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            case ["LOGIN", *_]:
                mailbox.logins.append(command)
            case ["SELECT", folder]:
                if folder != f'"{mailbox.folder}"':
                    return "NO"
                self.wfile.write(f"* {len(mailbox.mails)} EXISTS\r\n".encode())
            case ["UID", "SEARCH", "UNSEEN", "HEADER", "Content-Type", "multipart/report"]:
                reports = [uid for uid, raw in mailbox.mails.items() if b"multipart/report" in raw]
                found = " ".join(uid for uid in reports if uid not in mailbox.seen)
                self.wfile.write(f"* SEARCH {found}\r\n".encode())
            case ["UID", "FETCH", uid, peek] if re.fullmatch(r"\(BODY\.PEEK\[\]<0\.\d+>\)", peek):
                raw = mailbox.mails[uid]
                self.wfile.write(b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (uid.encode(), len(raw), raw))
            case ["UID", "STORE", uid, "+FLAGS.SILENT", r"(\Seen)"]:
                mailbox.seen.add(uid)
            case ["LOGOUT"]:
                self.wfile.write(b"* BYE\r\n")
            case _:
                return "BAD"
        return "OK"


@contextmanager
def imap_server(mailbox: Mailbox) -> Iterator[Mailbox]:
    """`mailbox` behind a server on its `port`."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection) as server:
        server.daemon_threads = True
        server.mailbox, mailbox.port = mailbox, server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield mailbox
        server.shutdown()
