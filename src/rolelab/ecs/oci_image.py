"""An image as registries keep it: a layer of files, a configuration, and a manifest.

The same files make the same digests. Pages: the OCI image specification (image layout, manifest,
configuration); *Container image manifest format support in Amazon ECR*.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"

WORKING_DIRECTORY = "/app"


class ImageError(ValueError):
    """What was to become an image cannot."""


@dataclass(frozen=True, slots=True)
class OciImage:
    """An image, ready to be pushed.

    Attributes:
        manifest: the text that names configuration and layers by their digests.
        blobs: digest -> content of the configuration and the layers.
    """

    manifest: str
    blobs: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """The digest of the manifest, by which the image is pinned."""
        return digest_of(self.manifest.encode())


def build(files: Mapping[str, bytes], command: Sequence[str]) -> OciImage:
    """Make an image with one layer.

    Args:
        files: path below the working directory -> content.
        command: what a container of the image runs, unless it is told otherwise.
    """
    archive = _archive(files)
    layer = gzip.compress(archive, mtime=0)
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": list(command), "WorkingDir": WORKING_DIRECTORY},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(archive)]},
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": _described(config, CONFIG_TYPE),
        "layers": [_described(layer, LAYER_TYPE)],
    }
    blobs = {digest_of(each): each for each in (config, layer)}
    return OciImage(_json(manifest).decode(), blobs)


def files_of(app: str | Path) -> tuple[dict[str, bytes], str]:
    """Read what becomes an image: a folder, a file, or the text of one Python file.

    Args:
        app: a path; or source text, which is known by having more than one line.

    Returns:
        Path -> content, and the file that the image runs.

    Raises:
        ImageError: there is no such file, or the folder has no file `app.py` and more than one
            other Python file.
    """
    if isinstance(app, str) and "\n" in app:
        return {"app.py": app.encode()}, "app.py"
    path = Path(app)
    if path.is_file():
        return {path.name: path.read_bytes()}, path.name
    if not path.is_dir():
        raise ImageError(
            f"There is no file or folder {str(app)!r}. An image is made from a folder, a file, "
            "or the text of a Python file."
        )
    found = (each for each in sorted(path.rglob("*")) if each.is_file())
    files = {
        each.relative_to(path).as_posix(): each.read_bytes()
        for each in found
        if "__pycache__" not in each.parts
    }
    return files, _first_of(files, path)


def unpack(manifest: str, blobs: Mapping[str, bytes], into: Path) -> dict[str, Any]:
    """Write the files of an image into a folder.

    Args:
        manifest: the manifest.
        blobs: digest -> content of the configuration and the layers.
        into: the folder that becomes the root of the container.

    Returns:
        The `config` of the image: `Cmd`, `Entrypoint`, `Env`, `WorkingDir`, as far as they are set.

    Raises:
        ImageError: a blob is not what its digest says, or an archive holds a path that leads out.
    """
    described = json.loads(manifest)
    for each in (described["config"], *described["layers"]):
        if digest_of(blobs[each["digest"]]) != each["digest"]:
            raise ImageError(f"filesystem layer verification failed for digest {each['digest']}")
    for layer in described["layers"]:
        content = io.BytesIO(blobs[layer["digest"]])
        try:
            with tarfile.open(fileobj=content, mode="r:*") as archive:
                archive.extractall(into, filter="data")
        except tarfile.TarError as error:
            raise ImageError(f"failed to extract layer {layer['digest']}: {error}") from error
    config: dict[str, Any] = json.loads(blobs[described["config"]["digest"]])
    return dict(config.get("config") or {})


def blobs_of(manifest: str) -> list[str]:
    """The digests that a manifest names: its configuration's, then its layers'.

    Raises:
        ImageError: the manifest is of a kind that the sandbox does not run, such as a list of
            images for several platforms.
    """
    described = json.loads(manifest)
    if "config" not in described or "layers" not in described:
        raise ImageError("the manifest names no configuration and layers")
    return [str(each["digest"]) for each in (described["config"], *described["layers"])]


def digest_of(content: bytes) -> str:
    """The digest of content, such as `sha256:2c26b4...`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _first_of(files: Mapping[str, bytes], path: Path) -> str:
    programs = [name for name in files if name.endswith(".py") and "/" not in name]
    if "app.py" in programs:
        return "app.py"
    if len(programs) == 1:
        return programs[0]
    raise ImageError(f"Which file of {path} starts the application? Name it app.py.")


def _archive(files: Mapping[str, bytes]) -> bytes:
    """A tar whose bytes depend on names and contents only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(files.items()):
            path = PurePosixPath(WORKING_DIRECTORY.lstrip("/"), name)
            entry = tarfile.TarInfo(str(path))
            entry.size, entry.mode, entry.mtime = len(content), 0o644, 0
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _described(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(content), "digest": digest_of(content)}


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
