"""Carries a folder that Heed wrote to its peers' formats. Usage: convert.py onnx|ctranslate2 MODEL OUTPUT"""

import sys
from pathlib import Path


def main(target: str, model: str, output: str) -> None:
    if target == "onnx":
        from optimum.exporters.onnx import main_export

        main_export(model, output, task="text2text-generation-with-past", do_validation=False)
        # transformers.js looks for the graphs in a folder of their own.
        graphs = Path(output, "onnx")
        graphs.mkdir()
        for file in Path(output).glob("*.onnx"):
            file.rename(graphs / file.name)
    else:
        from ctranslate2.converters import TransformersConverter

        TransformersConverter(model).convert(output)


main(*sys.argv[1:])
