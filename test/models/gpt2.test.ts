import { goldenContract } from "./golden-contract.ts";

goldenContract("gpt2", "gpt_neox");
