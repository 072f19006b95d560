import { goldenContract } from "./golden-contract.ts";

goldenContract("marian", "pegasus", "bart", "mbart", "m2m_100");
