/** The phases of a first translation, as plain JavaScript: a loader of TypeScript would count as Heed's. Usage: startup-heed.mjs MODEL TEXT */
const [, , folder, text] = process.argv;
const marks = [performance.now()];
const mark = () => marks.push(performance.now());
const { loadTranslator } = await import("heed");
await import("onnxruntime-node");
mark();
const translator = await loadTranslator(folder);
mark();
await translator.translate([text]);
mark();
await translator.translate([text]);
mark();
await translator.dispose();
const [boot, modules, load, first, second] = marks;
process.stdout.write(
  JSON.stringify({
    boot,
    modules: modules - boot,
    load: load - modules,
    sessions: first - load - (second - first),
    decode: second - first,
  }),
);
