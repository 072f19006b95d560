"""Scores translations as papers on Multi30k do. Usage: score_multi30k.py LANGUAGE, with {"hypotheses", "references"} on stdin.

Both pass through Moses' tokenizer and are scored as they are, lower-cased; beside it stands sacreBLEU's own default.
"""

import json
import sys

import sacrebleu
import sacremoses


def main(language: str) -> None:
    given = json.load(sys.stdin)
    tokenizer = sacremoses.MosesTokenizer(lang=language)
    tokenized = {
        name: [tokenizer.tokenize(line, return_str=True, escape=False) for line in lines] for name, lines in given.items()
    }
    paper = sacrebleu.BLEU(tokenize="none", lowercase=True, force=True)
    own = sacrebleu.BLEU()
    print(
        json.dumps(
            {
                "moses": paper.corpus_score(tokenized["hypotheses"], [tokenized["references"]]).score,
                "mosesSignature": str(paper.get_signature()),
                "cased": own.corpus_score(given["hypotheses"], [given["references"]]).score,
                "casedSignature": str(own.get_signature()),
                "sacremoses": sacremoses.__version__,
            }
        )
    )


main(sys.argv[1])
