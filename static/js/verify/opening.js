/* Whose entry it is: five commitments, each with a salt of its own from the receipt's seed. Field 0
   is the name, 1 the address, 2 the class of its domain, 3 the mailbox, 4 the answers. */

const PROVIDERS = [
  { domains: "gmail.com googlemail.com", main: "gmail.com", ignores: /\./g },
  { domains: "icloud.com me.com mac.com", main: "icloud.com" },
  { domains: "proton.me protonmail.com protonmail.ch pm.me", main: "proton.me", ignores: /[._-]/g },
  {
    domains: "yandex.ru yandex.com yandex.by yandex.kz yandex.ua yandex.com.tr ya.ru narod.ru",
    main: "yandex.ru",
    dot: "-",
  },
];
const FASTMAIL =
  /^([^.]+)\.(fastmail\.(?:com|fm|cn|co\.uk|de|es|in|jp|mx|net|nl|org|se|to|tw|uk|us))$/;

const LABELS = { salt: "letterlog/salt/v1\0", field: "letterlog/field/v1\0" };

async function partOf(entry, seed, field, value) {
  const salt = await hmac(seed, inUtf8(LABELS.salt), Uint8Array.of(field));
  return hmac(salt, inUtf8(LABELS.field), Uint8Array.of(field), entry.letter, value);
}

async function commitsTo(entry, parts) {
  const head = joined(inUtf8("letterlog/commit/v1\0"), Uint8Array.of(parts.length));
  return same(await sha256(head, ...parts), entry.commit);
}

/* An address as typed, and as mailboxes are compared: small letters, no tag, the domain in ASCII,
   and what large providers leave out. */
function spellings(typed) {
  const address = typed.trim();
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at).toLowerCase();
  let domain = inAscii(address.slice(at + 1).toLowerCase());
  let name = local.split("+")[0] || local;
  const own = FASTMAIL.exec(domain);
  if (own) [, name, domain] = own;
  const provider = PROVIDERS.find((each) => each.domains.split(" ").includes(domain));
  if (provider) {
    const read = name.replaceAll(".", provider.dot ?? ".").replace(provider.ignores ?? "", "");
    [name, domain] = [read || name, provider.main];
  }
  return [...new Set([`${name}@${domain}`, `${local}@${domain}`, address.toLowerCase(), address])];
}

function inAscii(domain) {
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return domain;
  }
}

/* The key of the sentence that says whose the receipt is; Wrong if it is somebody else's. */
async function opened({ entry, seed, parts }, holder) {
  if (!parts.length) return openedWhole(entry, seed, holder);
  const spelled = spellings(holder.address);
  const given = await Promise.all(spelled.map((each) => partOf(entry, seed, 1, inUtf8(each))));
  if (!given.some((part) => same(part, parts[1]))) throw new Wrong("not-yours");
  if (!holder.name) return "yours";
  const name = await partOf(entry, seed, 0, inUtf8(holder.name.normalize("NFC")));
  if (!same(name, parts[0])) throw new Wrong("another-name");
  return "yours-named";
}

/* A receipt of the first form opens only with everything that was signed. */
async function openedWhole(entry, seed, { address, name, mailbox, answers }) {
  if (!/^[0-9a-f]{64}$/.test(mailbox)) throw new Unchecked("first-form");
  const part = (field, value) => partOf(entry, seed, field, value);
  const digest = Uint8Array.from(mailbox.match(/../g), (two) => parseInt(two, 16));
  const mailboxPart = await part(3, digest);
  const answersPart = await part(4, inUtf8(answers));
  const classes = await Promise.all([...Array(256).keys()].map((c) => part(2, Uint8Array.of(c))));
  for (const said of new Set([name.normalize("NFC"), ""])) {
    for (const spelled of spellings(address)) {
      const head = await Promise.all([part(0, inUtf8(said)), part(1, inUtf8(spelled))]);
      for (const each of classes) {
        const parts = [...head, each, mailboxPart, answersPart];
        if (await commitsTo(entry, parts)) return said ? "yours-named" : "yours";
      }
    }
  }
  throw new Wrong("not-yours");
}
