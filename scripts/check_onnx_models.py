"""Checks the ONNX models of all ops' samples with ONNX's own checker and shape inference. Needs `pip install onnx`.

    python scripts/check_onnx_models.py
"""

import base64
import json
import subprocess
import sys
from pathlib import Path

import onnx

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    listing = subprocess.run(
        ["npx", "tsx", "scripts/onnx-models.ts"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    models = [json.loads(line) for line in listing.stdout.splitlines()]
    failures = 0
    for entry in models:
        try:
            onnx.checker.check_model(base64.b64decode(entry["model"]), full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            failures += 1
            print(f"{entry['name']}: {error}")
    print(f"{len(models) - failures} of {len(models)} models accepted by onnx {onnx.__version__}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
