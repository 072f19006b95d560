"""CTranslate2's side of `bench decode`. Usage: decode_ctranslate2.py JOB.json together|lanes

In lanes each thread translates batches of its own; together all share every batch."""

import json
import sys
import time
from pathlib import Path

import ctranslate2
from protocol import serve


def main(path: str, how: str) -> None:
    with open(path) as file:
        job = json.load(file)
    lanes, threads = (job["threads"], 1) if how == "lanes" else (1, job["threads"])
    translator = ctranslate2.Translator(
        job["ctranslate2"], device="cpu", compute_type="float32", inter_threads=lanes, intra_threads=threads
    )
    # The order of the vocabulary is that of the ids.
    tokens = json.loads(Path(job["ctranslate2"], "shared_vocabulary.json").read_text())
    ids = {token: id for id, token in enumerate(tokens)}
    end = json.loads(Path(job["ctranslate2"], "config.json").read_text())["eos_token"]
    sources = [[tokens[id] for id in source] for source in job["sources"]]

    def decode(request: dict) -> dict:
        found: list[list[int]] = []
        batches = request["batches"]
        # In lanes all batches are given at once, in their order, and cut again where they were cut.
        calls = [[number for batch in batches for number in batch]] if how == "lanes" else batches
        cpu, start = time.process_time(), time.perf_counter()
        for call in calls:
            results = translator.translate_batch(
                [sources[number] for number in call],
                max_batch_size=max(map(len, batches)),
                beam_size=request["beams"],
                max_decoding_length=job["maxNewTokens"],
                length_penalty=1,
                return_end_token=True,  # so that it counts in the length that scores are divided by, as elsewhere
            )
            found += [[ids[token] for token in result.hypotheses[0] if token != end] for result in results]
        return {"ids": found, "seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}

    serve(
        {
            "describe": lambda _: {
                "versions": {"ctranslate2": ctranslate2.__version__},
                "settings": {"lanes": lanes, "threads": threads, "computeType": translator.compute_type},
            },
            "decode": decode,
        }
    )


main(sys.argv[1], sys.argv[2])
