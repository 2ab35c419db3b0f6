# SPDX-License-Identifier: Apache-2.0
"""TLS in front of a plain server on 127.0.0.1, in pieces of at most 1000 bytes.

tls_proxy.py CERT KEY PORT: prints its own port, serves until it is ended.
"""
import socket
import ssl
import sys
import threading


def copy(source, to):
    try:
        while data := source.recv(1000):
            to.sendall(data)
    except OSError:
        pass
    finally:
        for s in (source, to):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(context, client, port):
    try:
        client = context.wrap_socket(client, server_side=True)
        server = socket.create_connection(("127.0.0.1", port))
    except OSError:
        client.close()
        return
    threading.Thread(target=copy, args=(server, client), daemon=True).start()
    copy(client, server)


def main(cert, key, port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(
            target=serve, args=(context, client, int(port)), daemon=True
        ).start()


main(*sys.argv[1:])
