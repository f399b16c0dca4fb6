// Runs the compiled constructs of a folder with stand-ins for their properties and writes each synthesized template beside it.
"use strict";
const fs = require("fs");
const path = require("path");
const cdk = require("aws-cdk-lib");

/** Properties of the type that the name tells. */
const props = new Proxy({}, {
  get(_, name) {
    if (/^(subnets|taskSubnets)/.test(name)) return ["subnet-01234567", "subnet-89abcdef"];
    if (/^(securityGroups|taskSecurityGroups)/.test(name)) return ["sg-01234567"];
    if (["clusterName", "reservedMemoryMib", "resetRecurrence", "lowerLimitsAt", "restoreLimitsAt", "stage"].includes(name)) return undefined;
    if (name === "instanceProfile") return "instances";
    if (name.startsWith("taskDefinition")) return "any:1";
    throw new Error(`no stand-in for ${String(name)}`);
  },
});

const folder = process.argv[2];
for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".js"))) {
  const { BayplanCapacity } = require(path.join(folder, file));
  const app = new cdk.App({ analyticsReporting: false, outdir: path.join(folder, `${file}.out`) });
  const synthesizer = new cdk.DefaultStackSynthesizer({ generateBootstrapVersionRule: false });
  const stack = new cdk.Stack(app, "Capacity", { synthesizer });
  new BayplanCapacity(stack, "Bayplan", props);
  const template = app.synth().getStackByName("Capacity").template;
  fs.writeFileSync(path.join(folder, file.replace(/\.js$/, ".template.json")), JSON.stringify(template));
}
