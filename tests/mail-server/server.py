"""A mail server for the tests: a real one, which keeps nothing and prints what it takes.

Speaks SMTP, with STARTTLS where CERT and KEY are set, and then only to the user `portico` with the password
`secret of the post`. Prints `listening <port>`, then a line of JSON for each mail. Mail to `busy@…` is put
off, mail to `nobody@…` is refused.
"""

import asyncio
import email
import email.policy
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult


class Post:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy@"):
            return "451 4.3.2 try again later"
        if address.startswith("nobody@"):
            return "550 5.1.1 there is no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: message.get_body((kind,)).get_content()
        taken = {
            "from": message["from"],
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "text": part("plain"),
            "html": part("html"),
            "pictures": [[part["content-id"], part.get_content_type()] for part in message.walk() if part["content-id"]],
            "tls": session.ssl is not None,
        }
        print(json.dumps(taken), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    known = (data.login, data.password) == (b"portico", b"secret of the post")
    return AuthResult(success=known, handled=known)


def smtp():
    if "CERT" not in os.environ:
        return SMTP(Post())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.environ["CERT"], os.environ["KEY"])
    return SMTP(
        Post(), tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate
    )


async def main():
    server = await asyncio.get_running_loop().create_server(smtp, "127.0.0.1", 0)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
