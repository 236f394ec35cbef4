"""The key that signs the seals: Ed25519, its private half in one file."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ckanext.jiangmen.audit.verify import key_id
from ckanext.jiangmen.errors import JiangmenError


class KeyUnusable(JiangmenError):
    """The sealer's key cannot be read; the sentence names the file."""


class SigningKey:
    """A private key with its public half and name."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        public = private.public_key().public_bytes_raw()
        self.public = public.hex()
        self.name = key_id(public)

    def sign(self, statement: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._private.sign(statement)


def load_or_make(path: Path) -> SigningKey:
    """Return the key of `path`, made there with mode 0600 if there is none.

    Raise `KeyUnusable` where the file holds no such key or others may read it.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise KeyUnusable(f"留痕签名密钥文件“{path}”的权限应为0600。")
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as err:
        raise KeyUnusable(f"文件“{path}”不是PEM格式的签名密钥。") from err
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnusable(f"文件“{path}”中的密钥不是Ed25519密钥。")
    return SigningKey(private)


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
