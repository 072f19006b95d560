"""PyTorch's side of `bench decode`, by transformers. Usage: decode_transformers.py JOB.json"""

import json
import sys
import time

import torch
import transformers
from protocol import serve


def main(path: str) -> None:
    with open(path) as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(job["model"]).eval()
    config = model.generation_config
    sources = job["sources"]

    def decode(request: dict) -> dict:
        found: list[list[int]] = []
        special = {config.pad_token_id, config.eos_token_id}
        cpu, start = time.process_time(), time.perf_counter()
        with torch.inference_mode():
            for batch in request["batches"]:
                rows = [sources[number] for number in batch]
                longest = max(map(len, rows))
                ids = torch.tensor([row + [config.pad_token_id] * (longest - len(row)) for row in rows])
                mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
                output = model.generate(
                    input_ids=ids,
                    attention_mask=mask,
                    num_beams=request["beams"],
                    max_new_tokens=job["maxNewTokens"],
                    max_length=None,
                    do_sample=False,
                    length_penalty=1.0,
                    early_stopping=request["beams"] > 1,
                )
                found += [[id for id in row if id not in special] for row in output.tolist()]
        return {"ids": found, "seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}

    serve(
        {
            "describe": lambda _: {
                "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
                "settings": {"threads": torch.get_num_threads(), "attention": model.config._attn_implementation},
            },
            "decode": decode,
        }
    )


main(sys.argv[1])
