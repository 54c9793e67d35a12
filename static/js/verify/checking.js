/* From a file to a verdict: each step says in one sentence what holds, what does not, what nobody
   can see from here. A step that fails does not keep the others from being tried. */

const PDF_BYTES = 900 * 2 ** 20; // more than browsers hold in one piece

class Finding {
  constructor(file) {
    Object.assign(this, { file, holds: [], fails: [], open: [], facts: [] });
    this.isYours = this.isCancelled = this.isDelivered = false;
  }

  /* What `step` gives, or nothing after writing down why it gave nothing. */
  async try(step) {
    try {
      return await step();
    } catch (error) {
      if (error instanceof Wrong) this.fails.push([error.why, error.values]);
      else if (error instanceof Unchecked) this.open.push([error.why, error.values]);
      else this.fails.push(["unreadable", {}]);
      return undefined;
    }
  }

  /* Whether all that was `needed` was seen to hold; `kind` is what the file was taken for. */
  judged(kind, needed) {
    this.kind = kind;
    const isDenied = needed && this.fails.every(([why]) => why.startsWith("asked-"));
    if (this.fails.length) this.verdict = isDenied ? "denied" : "fails";
    else if (!needed) this.verdict = "unchecked";
    else if (this.isCancelled) this.verdict = "cancelled";
    else if (kind === "pdf" && !this.isDelivered) this.verdict = "partly";
    else this.verdict = "holds";
    return this;
  }
}

/* The signed tree of a checkpoint, with the facts about it written down. */
async function tree(finding, checkpoint, believed) {
  const found = await accepted(checkpoint, believed.policy, Date.now() / 1000);
  finding.holds.push(["signed", { origin: found.tree.origin, size: found.tree.size }]);
  if (found.asked) finding.facts.push(["witnesses", { seen: found.seen, asked: found.asked }]);
  return found.tree;
}

async function included(finding, proof) {
  await checkInclusion(await leafHash(proof.entry.raw), proof.index, proof.tree, proof.hashes);
  finding.holds.push(["included", { index: proof.index }]);
  return true;
}

/* A receipt, or the proof of any entry that carries it. */
async function checkProof(file, bytes, { believed, holder, log }) {
  const finding = new Finding(file);
  const proof = await finding.try(() => readProof(bytes));
  if (!proof) return finding.judged("file", false);
  const isReceipt = proof.seed !== null;
  finding.facts.push(["entry", proof]);
  const isIn = await finding.try(() => included(finding, proof));
  const signed = await finding.try(() => tree(finding, proof.checkpoint, believed));
  if (isReceipt && isIn) await finding.try(() => whose(finding, proof, holder));
  if (isIn && signed) await finding.try(() => since(finding, proof, log));
  if (isReceipt) finding.open.push(["others", {}]);
  finding.proof = isIn && signed ? proof : null;
  return finding.judged(isReceipt ? "receipt" : "proof", isIn && signed);
}

/* A checkpoint somebody kept, from a mail or a document: whether the log still stands by it. */
async function checkCheckpoint(file, bytes, { believed, log }) {
  const finding = new Finding(file);
  const kept = await finding.try(() => tree(finding, bytes, believed));
  if (kept) {
    finding.facts.push(["root", kept]);
    await finding.try(() => (kept.size ? continued(finding, kept, log) : null));
  }
  return finding.judged("checkpoint", kept);
}

/* Size and root as a code on paper brings them, unsigned: whether the log stands by them. */
async function checkScanned({ size, root }, { believed, log }) {
  const finding = new Finding({ name: words.verdicts.scanned });
  const held = await finding.try(async () => {
    const kept = { size: numberOf(size, "checkpoint"), root: digestOf(root, "checkpoint") };
    finding.facts.push(["root", kept]);
    return continued(finding, { origin: believed.origin, ...kept }, log);
  });
  return finding.judged("scanned", held);
}

/* That the log as it is now begins with this tree; its entries, if it is small. */
async function continued(finding, then, log) {
  if (!log) throw new Unchecked("not-asked");
  const { now, entries } = await log.follow(then);
  finding.holds.push(["continued", { size: now.size }]);
  return { now, entries };
}

async function whose(finding, proof, holder) {
  if (!holder.address) throw new Unchecked("no-address");
  const sentence = await opened(proof, holder);
  finding.isYours = true;
  finding.holds.push([sentence, {}]);
}

/* What the log has said about this entry since, if it can be asked. */
async function since(finding, { entry, index, tree: then, seed }, log) {
  const isReceipt = seed !== null;
  const { now, entries } = await continued(finding, then, log);
  if (!entries && !isReceipt) return;
  if (!entries) throw new Unchecked("asked-large", { size: now.size, address: log.address });
  const ends = entries.findIndex(({ kind, ref }) => CANCELS.has(kind) && ref === index);
  finding.isCancelled = isReceipt && ends >= 0;
  if (finding.isCancelled) {
    finding.facts.push(["since", { index: BigInt(ends), entry: entries[ends] }]);
  } else if (isReceipt) {
    finding.holds.push(["stands", { size: now.size }]);
  }
  const newest = entries.findLast(({ letter }) => same(letter, entry.letter));
  finding.facts.push(["today", { entry: newest }]);
}

const CANCELS = new Set(["withdrawn", "invalidated"]);

/* A delivered document: what is attached, then the document itself by its digest. */
async function checkPdf(file, bytes, asked) {
  const { believed } = asked;
  const finding = new Finding(file);
  const digest = await sha256(bytes);
  finding.facts.push(["digest", { digest }]);
  const attached = await finding.try(() => attachments(bytes));
  let totals;
  if (attached) {
    totals = await finding.try(() => checkAttached(finding, attached, believed));
    await finding.try(() => comparePolicies(finding, attached, believed));
  }
  await finding.try(() => delivered(finding, { ...asked, digest, totals }));
  finding.open.push(["printed", {}]);
  return finding.judged("pdf", totals);
}

async function attachments(bytes) {
  const pdf = await Pdf.opened(bytes);
  const files = await pdf.attached();
  const names = ["checkpoint.txt", "totals.tlog-proof", "policy.txt"];
  if (!names.every((name) => files.has(name))) throw new Unchecked("pdf-nothing");
  const [checkpoint, proof, policy] = await Promise.all(names.map((name) => files.get(name)()));
  return { checkpoint, proof, policy };
}

async function checkAttached(finding, attached, believed) {
  const proof = await readProof(attached.proof);
  finding.facts.push(["entry", proof]);
  const isIn = await finding.try(() => included(finding, proof));
  const signed = await finding.try(() => tree(finding, attached.checkpoint, believed));
  if (signed && !isSameTree(signed, proof.tree)) throw new Wrong("pdf-trees");
  if (signed) await accepted(proof.checkpoint, believed.policy, Date.now() / 1000);
  return isIn && signed ? proof : undefined;
}

async function comparePolicies(finding, attached, believed) {
  const text = textOf(attached.policy, TEXT_BYTES, "policy", "\n\t");
  const own = await readPolicy(text);
  const known = own.logs.every((key) => believed.policy.logs.some(({ vkey }) => vkey === key.vkey));
  if (known) finding.holds.push(["policy-known", {}]);
  else finding.open.push(["policy-other", {}]);
}

/* The entry that names this very file: from a proof given with it, or from the log. */
async function delivered(finding, { digest, totals, log, proofs, addressOf, believed }) {
  const given = proofs.filter(({ proof }) => proof?.entry.kind === "delivered");
  const named = given.map(({ proof }) => proof.entry).find(({ commit }) => same(commit, digest));
  if (given.length && !named) throw new Wrong("delivered-other");
  if (!named && !log) throw new Unchecked("delivered-unknown");
  const asked = { digest, totals, address: totals && addressOf(totals.entry.letter) };
  const entry = named ?? (await searched(log, asked)) ?? (await proven(log, asked, believed));
  if (totals && !same(entry.letter, totals.entry.letter)) throw new Wrong("delivered-letter");
  finding.isDelivered = true;
  finding.holds.push(["delivered", { hour: entry.hour }]);
}

/* Among all entries of a small log; nothing when it is too large to be walked. */
async function searched(log, { digest, totals }) {
  const { entries, now } = await log.follow(totals?.tree ?? (await log.newest()).tree);
  if (!entries) return null;
  const named = ({ kind, commit }) => kind === "delivered" && same(commit, digest);
  const entry = entries.find(named);
  if (!entry) throw new Unchecked("delivered-not", { size: now.size });
  return entry;
}

/* From the proof that the letter's own address gives for a file it handed over. */
async function proven(log, { digest, address }, believed) {
  const { tree: now } = await log.newest();
  const url = `${address}delivered/${hex(digest)}.tlog-proof`;
  const bytes = address && (await log.fetched(url, PROOF_BYTES));
  if (!bytes) throw new Unchecked("delivered-large", { size: now.size });
  const proof = await readProof(bytes);
  await included({ holds: [] }, proof);
  await accepted(proof.checkpoint, believed.policy, Date.now() / 1000);
  const isOfFile = proof.entry.kind === "delivered" && same(proof.entry.commit, digest);
  if (!isOfFile) throw new Wrong("delivered-other");
  return proof.entry;
}

/* All files together, because a proof may speak of a document beside it. */
async function checkAll(files, asked) {
  const read = await Promise.all(files.map(readFile));
  const proofs = [];
  for (const { file, bytes, finding } of read) {
    if (bytes && !isPdf(bytes)) {
      const read = isCheckpoint(bytes) ? checkCheckpoint : checkProof;
      proofs.push(await read(file, bytes, asked));
    }
    if (finding) proofs.push(finding);
  }
  const documents = [];
  for (const { file, bytes } of read) {
    if (bytes && isPdf(bytes)) documents.push(await checkPdf(file, bytes, { ...asked, proofs }));
  }
  const found = [...proofs, ...documents];
  return files.map((file) => found.find((finding) => finding.file === file));
}

const isPdf = (bytes) => latin(bytes.slice(0, 5)) === "%PDF-";

function isCheckpoint(bytes) {
  const text = new TextDecoder().decode(bytes);
  return text.includes("\n\n— ") && !text.startsWith("c2sp.org/tlog-proof");
}

async function readFile(file) {
  const finding = new Finding(file);
  const bytes = await finding.try(async () => {
    const head = new Uint8Array(await file.slice(0, 5).arrayBuffer());
    if (!head.length) throw new Wrong("empty");
    if (file.size > (isPdf(head) ? PDF_BYTES : PROOF_BYTES)) throw new Wrong("too-long");
    return new Uint8Array(await file.arrayBuffer());
  });
  return bytes ? { file, bytes } : { file, finding: finding.judged("file", false) };
}
