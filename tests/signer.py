"""Signs tokens as callers do, with PyJWT. Reads {"alg", "private" or "secret", "claims", "headers"} and prints the token;
with {"make": "rsa"} it prints {"private", "public"}; with {"certify": "localhost"} {"authority", "certificate", "key"}."""

import datetime
import json
import sys

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID


def private_pem(key):
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def make(kind):
    key = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
        "eddsa": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    return {"private": private_pem(key), "public": public}


def certificate(name, key, issuer, signer, is_authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def certify(host):
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    return {
        "authority": certificate("authority of the tests", authority, "authority of the tests", authority, True),
        "certificate": certificate(host, key, "authority of the tests", authority, False),
        "key": private_pem(key),
    }


asked = json.load(sys.stdin)
if "make" in asked:
    print(json.dumps(make(asked["make"])))
elif "certify" in asked:
    print(json.dumps(certify(asked["certify"])))
else:
    key = asked.get("private") or asked["secret"]
    print(jwt.encode(asked["claims"], key, algorithm=asked["alg"], headers=asked.get("headers")))
