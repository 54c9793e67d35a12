/* Whom to believe: C2SP tlog-policy, or a bare list of a log's keys. */

const MOST_NAMED = 256;
const AHEAD = 300; // seconds a witness's clock may be ahead of ours

/* A policy has logs (keys), witnesses (name → key), groups in order and the name of its quorum. */
async function readPolicy(text) {
  if (inUtf8(text).length > TEXT_BYTES || /[\0-\x08\x0b-\x1f\x7f]/.test(text)) {
    throw new Wrong("policy");
  }
  const lines = text.split("\n").map((line) => line.replace(/^[ \t]+|[ \t]+$/g, ""));
  const rows = lines.filter((line) => line && !line.startsWith("#"));
  const words = rows.map((line) => line.split(/[ \t]+/));
  if (words.length > MOST_NAMED) throw new Wrong("policy");
  const policy = { logs: [], addresses: [], witnesses: new Map(), groups: [], quorum: "" };
  const isList = words.length && words.every(([first]) => first.includes("+"));
  for (const row of words) await takeRow(policy, isList ? ["log", row[0]] : row);
  if (isList) policy.quorum = "none";
  if (!policy.quorum) throw new Wrong("policy");
  return policy;
}

async function takeRow(policy, [kind, name, ...rest]) {
  const names = new Set(["none", ...policy.witnesses.keys(), ...policy.groups.map((g) => g.name)]);
  if (kind === "log" && name && rest.length < 2) {
    policy.logs.push(await ownKey(name, [PLAIN], policy.logs));
    policy.addresses.push(rest[0] ?? "");
  } else if (kind === "witness" && rest.length && rest.length < 3 && !names.has(name)) {
    const others = [...policy.witnesses.values()];
    policy.witnesses.set(name, await ownKey(rest[0], [COSIGNATURE, ML_DSA], others));
  } else if (kind === "group" && rest.length > 1 && !names.has(name)) {
    policy.groups.push(group(policy, names, name, rest));
  } else if (kind === "quorum" && !rest.length && names.has(name) && !policy.quorum) {
    policy.quorum = name;
  } else {
    throw new Wrong("policy");
  }
}

async function ownKey(vkey, types, others) {
  const key = await readKey(vkey);
  const known = others.some((other) => same(other.body, key.body));
  if (known || !types.includes(key.type)) throw new Wrong("policy");
  return key;
}

function group(policy, names, name, [least, ...members]) {
  const taken = new Set(["none", ...policy.groups.flatMap((each) => each.members)]);
  const free = members.every((each) => names.has(each) && !taken.has(each));
  const words = { all: members.length, any: 1 };
  const threshold = words[least] ?? (/^[1-9][0-9]{0,3}$/.test(least) ? Number(least) : 0);
  const possible = threshold > 0 && threshold <= members.length;
  if (!free || new Set(members).size < members.length || !possible) throw new Wrong("policy");
  return { name, threshold, members };
}

function reaches(policy, names) {
  const seen = new Set(["none", ...names]);
  for (const { name, threshold, members } of policy.groups) {
    if (members.filter((each) => seen.has(each)).length >= threshold) seen.add(name);
  }
  return seen.has(policy.quorum);
}

/* The tree in a signed note and who has seen it: [name, seconds since 1970] of each witness. */
async function accepted(bytes, policy, now) {
  const note = readNote(bytes);
  const tree = await readCheckpoint(note.text);
  if (!policy.logs.some((key) => key.name === tree.origin)) {
    throw new Unchecked("another-log", { origin: tree.origin });
  }
  const witnesses = [...policy.witnesses];
  const good = await signersOf(note, [...policy.logs, ...witnesses.map(([, key]) => key)]);
  const own = policy.logs.find((key) => key.name === tree.origin && good.has(key));
  if (!own) throw new Wrong("not-signed", { origin: tree.origin });
  const seen = witnesses.flatMap(([name, key]) => (good.has(key) ? [[name, good.get(key)]] : []));
  if (seen.some(([, time]) => time > BigInt(Math.floor(now) + AHEAD))) throw new Wrong("future");
  if (!reaches(policy, seen.map(([name]) => name))) {
    const unread = witnesses.some(([, key]) => key.type === ML_DSA);
    throw unread ? new Unchecked("ml-dsa") : new Wrong("few-witnesses");
  }
  return { tree, key: own, seen, asked: witnesses.length };
}
