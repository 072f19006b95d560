"""Scores translations as papers on Multi30k do. Usage: score_multi30k.py LANGUAGE, with {"hypotheses", "references"} on stdin.

Both pass through Moses' tokenizer and are scored as they are, lower-cased; beside it stands sacreBLEU's own default. An
interval says how much another draw of as many sentences would change the first (Koehn 2004, bootstrap resampling).
"""

import json
import sys

import sacrebleu
import sacremoses

RESAMPLINGS = 1000


def main(language: str) -> None:
    given = json.load(sys.stdin)
    tokenizer = sacremoses.MosesTokenizer(lang=language)
    tokenized = {
        name: [tokenizer.tokenize(line, return_str=True, escape=False) for line in lines] for name, lines in given.items()
    }
    paper = sacrebleu.BLEU(tokenize="none", lowercase=True, force=True)
    own = sacrebleu.BLEU()
    moses = paper.corpus_score(tokenized["hypotheses"], [tokenized["references"]], n_bootstrap=RESAMPLINGS)
    print(
        json.dumps(
            {
                "moses": moses.score,
                "mosesInterval": moses._ci,
                "mosesSignature": str(paper.get_signature()),
                "cased": own.corpus_score(given["hypotheses"], [given["references"]]).score,
                "casedSignature": str(own.get_signature()),
                "sacremoses": sacremoses.__version__,
            }
        )
    )


main(sys.argv[1])
