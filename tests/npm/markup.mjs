// html-validate as a child process: one document in JSON on each line of the input, its complaints on a line each.
import { createInterface } from "node:readline";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const config = { extends: ["html-validate:recommended"], rules: JSON.parse(process.argv[2]) };
const checker = new HtmlValidate(new StaticConfigLoader(config));

for await (const line of createInterface({ input: process.stdin })) {
  const report = await checker.validateString(JSON.parse(line));
  const messages = report.results.flatMap((result) => result.messages);
  const told = messages.map((it) => `${it.ruleId}, line ${it.line}: ${it.message} (${it.selector ?? "no element"})`);
  process.stdout.write(JSON.stringify(told) + "\n");
}
