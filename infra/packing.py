"""What `infra/package` does with binaries that are built: zips, bills of materials, the template for them, their sums.

Same binaries and same crates, same bytes: nothing in here reads a clock, a folder's order or the machine's name. Needs
Python 3.11 and no package beside it.
"""

import argparse
import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

FUNCTIONS = ("oncall-poller", "webhook-receiver", "access-approver")
TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
# A package that is larger than this is a mistake: something was compiled in that no function needs.
ZIP_BYTES_MAX = 8 * 1024 * 1024
# A line of `cargo tree`: depth, crate, version, where it comes from unless from crates.io, licence, whether shown before.
TREE_LINE = re.compile(r"(\d+) (\S+) v(\S+)((?: \(.*\))?)\t(.*?)(?: \(\*\))?")


def zipped(bootstrap):
    """A zip with one entry as Lambda wants it; the bytes depend on the content and on zlib alone."""
    entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix, so that the mode counts
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(entry, bootstrap, compresslevel=9)
    return archive.getvalue()


def template(text, architecture):
    """The stack's template, with each function's code in a zip beside it, and for one kind of processor."""

    def once(pattern, replacement, text, times=1):
        text, found = re.subn(pattern, replacement, text, flags=re.DOTALL | re.MULTILINE)
        if found != times:
            sys.exit(f"infra/template.yaml: {found} places, not {times}, look like {pattern}")
        return text

    text = once(r"^    CodeUri: \.\.\n", "", text)
    text = once(
        r"^      BuildMethod: rust-cargolambda\n      BuildProperties: \{Binary: ([a-z-]+)\}\n(.*?)^    Properties:\n",
        r"\2    Properties:\n      CodeUri: \1.zip\n",
        text,
        times=len(FUNCTIONS),
    )
    return once(
        r"^(  Architecture:\n    Type: String\n)    Default: [a-z0-9_]+\n    AllowedValues: [^\n]*\n",
        rf"\1    Default: {architecture}\n    AllowedValues: [{architecture}]\n",
        text,
    )


def tree(root, target):
    """What `cargo tree` says of what is compiled into the functions, features counted as for building the three of them."""
    command = ["cargo", "tree", "--locked", "--target", target, "--edges", "normal"]
    command += ["--prefix", "depth", "--format", " {p}\t{l}", *(f"--package={name}" for name in FUNCTIONS)]
    plain = os.environ | {"CARGO_TERM_COLOR": "never"}
    answer = subprocess.run(command, cwd=root, env=plain, check=True, stdout=subprocess.PIPE, text=True)
    return answer.stdout


def crates(shown):
    """Each crate of a shown tree by `NAME@VERSION`: whose it is, its licence, whether a macro, and what it depends on."""
    found, above = {}, []
    for line in filter(None, shown.splitlines()):
        parts = TREE_LINE.fullmatch(line)
        if parts is None:
            sys.exit(f"cargo tree says something else than expected: {line!r}")
        depth, name, version, origin, licence = parts.groups()
        key = f"{name}@{version}"
        crate = found.setdefault(key, {"name": name, "version": version, "needs": set()})
        # Only one that is not from crates.io has a place; .deny.toml leaves none but ours.
        place = origin.replace(" (proc-macro)", "")
        crate |= {"ours": bool(place), "macro": place != origin, "licence": licence}
        above[int(depth):] = [key]
        if len(above) > 1:
            found[above[-2]]["needs"].add(key)
    return found


def reached(known, root, through):
    """Every crate under `root`, going on from those for which `through` holds."""
    seen, waiting = set(), [root]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting += known[key]["needs"] if through(known[key]) else ()
    return seen


def component(crate, is_shipped, checksums):
    """A crate as CycloneDX lists it. One of ours has no purl: somebody else's on crates.io may have its name."""
    name, version = crate["name"], crate["version"]
    listed = {"type": "library", "bom-ref": f"{name}@{version}", "name": name, "version": version}
    # Macros, and what they alone need, run in the compiler.
    listed["scope"] = "required" if is_shipped else "excluded"
    if crate["licence"]:
        listed["licenses"] = [{"expression": crate["licence"].replace("/", " OR ")}]
    if not crate["ours"]:
        listed["purl"] = f"pkg:cargo/{name}@{quote(version, safe='')}"
        listed["hashes"] = [{"alg": "SHA-256", "content": checksums[name, version]}]
    return listed


def bill(name, known, package, built):
    """The CycloneDX bill of materials of one function, whose zip has the bytes `package`."""
    root = next(key for key, crate in known.items() if crate["ours"] and crate["name"] == name)
    everything = reached(known, root, lambda _: True)
    # A macro's own code is not in the binary, nor is what it calls.
    shipped = reached(known, root, lambda crate: not crate["macro"])
    shipped -= {key for key in shipped if known[key]["macro"]}
    listed = {key: component(known[key], key in shipped, built["checksums"]) for key in sorted(everything)}
    subject = listed.pop(root) | {"type": "application"}
    del subject["scope"]
    subject["hashes"] = [{"alg": "SHA-256", "content": hashlib.sha256(package).hexdigest()}]
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": built["at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": subject,
            "properties": [{"name": f"rotakey:{key}", "value": value} for key, value in built["with"]],
        },
        "components": list(listed.values()),
        "dependencies": [{"ref": key, "dependsOn": sorted(known[key]["needs"])} for key in sorted(everything)],
    }
    # Not by chance, as is usual: the same content is the same document.
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return content | {"serialNumber": f"urn:uuid:{serial}"}


def checksums(root):
    """What Cargo.lock says of each crate's package."""
    lock = tomllib.loads((root / "Cargo.lock").read_text(encoding="utf-8"))
    return {(crate["name"], crate["version"]): crate.get("checksum") for crate in lock["package"]}


def built_with(root, target):
    """What the bytes depend on beside the sources; the same of each makes the same packages."""
    rustc = subprocess.run(["rustc", "-vV"], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    said = dict(line.split(": ", 1) for line in rustc.splitlines() if ": " in line)
    pins = dict(
        line.split("==") for line in (root / "tests/tools/lambda.txt").read_text(encoding="utf-8").split() if "==" in line
    )
    return [
        ("target", target),
        ("host", said["host"]),
        ("rustc", f"{said['release']} ({said['commit-hash']})"),
        ("cargo-lambda", pins["cargo-lambda"]),
        ("zig", pins["ziglang"]),
    ]


def pack(root, binaries, architecture, out):
    """Writes everything into the folder `out`; answers a row of the table for each function."""
    target = TARGETS[architecture]
    known = crates(tree(root, target))
    at = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    built = {"at": at, "with": built_with(root, target), "checksums": checksums(root)}
    files, rows = {}, []
    for name in FUNCTIONS:
        bootstrap = (binaries / name / "bootstrap").read_bytes()
        package = zipped(bootstrap)
        listed = bill(name, known, package, built)
        files[f"{name}.zip"] = package
        files[f"{name}.cdx.json"] = (json.dumps(listed, indent=2) + "\n").encode()
        digest = hashlib.sha256(package).digest()
        crates_in = sum(crate["scope"] == "required" for crate in listed["components"])
        rows.append((name, len(bootstrap), len(package), crates_in, base64.b64encode(digest).decode()))
    text = (root / "infra/template.yaml").read_text(encoding="utf-8")
    files["template.yaml"] = template(text, architecture).encode()
    sums = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    files["SHA256SUMS"] = "".join(sums).encode()
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="the workspace")
    parser.add_argument("--binaries", type=Path, required=True, help="a folder with NAME/bootstrap")
    parser.add_argument("--architecture", choices=TARGETS, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    rows = pack(given.root, given.binaries, given.architecture, given.out)
    print("| function | binary (bytes) | zip (bytes) | crates in it | CodeSha256 |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
    large = [name for name, _, size, *_ in rows if size > ZIP_BYTES_MAX]
    if large:
        sys.exit(f"larger than {ZIP_BYTES_MAX} bytes: {', '.join(large)}")


if __name__ == "__main__":
    main()
