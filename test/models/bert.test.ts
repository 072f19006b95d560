import { goldenContract } from "./golden-contract.ts";

goldenContract("bert", "roberta", "xlm-roberta", "distilbert", "modernbert");
