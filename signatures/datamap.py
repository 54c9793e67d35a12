"""What the database keeps of those who sign, and of what is made from it; see `worker.datamap`."""

from worker.datamap import DataMap, Entry, Kind, Seal, Until

DATA_MAP: DataMap = {
    "signatures.Signature": [
        Entry("id uid", "to find the signature; random", until=Until.LETTER),
        Entry("letter revision", "what was signed", until=Until.LETTER),
        Entry("state method", "whether it counts, and why", until=Until.LETTER),
        Entry(
            "mailbox_digest",
            "one mailbox signs once; keyed for one letter",
            Kind.DIGEST,
            Until.ERASED,
        ),
        Entry(
            "mailbox_anywhere",
            "caps on mails, and never writing again; keyed for the installation",
            Kind.DIGEST,
            Until.ERASED,
        ),
        Entry("seat", "which of two people who share a mailbox", until=Until.LETTER),
        Entry(
            "email_sealed",
            "confirming, and writing to the signer",
            Kind.SEALED,
            Until.ADDRESS,
            Seal(row="uid", place="signature.email"),
        ),
        Entry(
            "withheld_sealed",
            "name, title, affiliation, place, comment and group of who withholds the name",
            Kind.SEALED,
            Until.ERASED,
            Seal(row="uid", place="signature.withheld"),
        ),
        Entry("public updates", "what was agreed to", Kind.PERSONAL, Until.ERASED),
        Entry(
            "name title affiliation place comment group",
            "the list, for who shows the name; else empty",
            Kind.PUBLIC,
            Until.HIDDEN,
        ),
        Entry("name_key words", "order and search in that list", Kind.PUBLIC, Until.HIDDEN),
        Entry("country", "the list, and totals by country", Kind.PERSONAL, Until.ERASED),
        Entry("language", "in which to write", Kind.PERSONAL, Until.LETTER),
        Entry("ref", "totals by where signers came from", Kind.PERSONAL, Until.ERASED),
        Entry("notice consented_at", "proof of what was agreed to", Kind.PERSONAL, Until.LETTER),
        Entry(
            "network",
            "finding floods from one network; keyed for one day",
            Kind.DIGEST,
            Until.WEEK,
        ),
        Entry("generation", "ending links that were sent", until=Until.LETTER),
        Entry(
            "asked_at confirmed_at cancelled_at erased_at changed_at identity_erased_at",
            "when what happened",
            Kind.PERSONAL,
            Until.LETTER,
        ),
        Entry("mails mails_recent mails_since", "caps on mails", until=Until.LETTER),
        Entry("invalidation", "by which rule it no longer counts", until=Until.LETTER),
        Entry(
            "mail_state mailed_at opened reminders reminded_at code_tries",
            "whether the mail with the button arrived",
            Kind.PERSONAL,
            Until.PENDING,
        ),
        Entry("brought", "how many signed through this signer; not who", until=Until.LETTER),
        Entry("news counted number day renewed", "counting", until=Until.LETTER),
        Entry("pinned", "place among initial signatories", Kind.PUBLIC, Until.HIDDEN),
        Entry("commitment", "waiting for the log; tells nothing unopened", until=Until.ROW),
        Entry(
            "seed_sealed",
            "opens the entry in the log, under the letter's own key",
            Kind.SEALED,
            Until.CLOSED,
        ),
        Entry("log_index", "which entry is the signer's", Kind.PERSONAL, Until.ERASED),
        Entry("domain_class", "totals by kind of mailbox", Kind.PERSONAL, Until.ERASED),
    ],
    "signatures.Slip": [
        Entry("id uid letter generation", "correcting a mistyped address", until=Until.HOUR),
        Entry(
            "sealed",
            "what was typed into the form",
            Kind.SEALED,
            Until.HOUR,
            Seal(row="uid", place="slip.wish"),
        ),
        Entry("asked_at signature", "which signature waits for it", Kind.PERSONAL, Until.HOUR),
    ],
    "signatures.Suppressed": [
        Entry("id letter since", "about which letter; none: about none at all", until=Until.RECORD),
        Entry(
            "mailbox_anywhere",
            "never writing there again; keyed for the installation",
            Kind.DIGEST,
            Until.RECORD,
        ),
    ],
    "signatures.Consent": [
        Entry("id signature", "whose", until=Until.LETTER),
        Entry(
            "about given door text language at",
            "proof of what was agreed to later",
            Kind.PERSONAL,
            Until.LETTER,
        ),
    ],
    "signatures.Notice": [
        Entry("id sha256 language text first_shown_at", "the notice as it stood", Kind.PUBLIC)
    ],
    "signatures.Erasure": [
        Entry("id kind signature letter at", "erasing again after a restore", until=Until.JOURNAL),
        Entry("mailbox_anywhere", "as in suppressed mailboxes", Kind.DIGEST, Until.JOURNAL),
    ],
    "signatures.Sweep": [
        Entry(
            "id kind started_at seen_at ended_at swept",
            "proof that data went on time",
            until=Until.RECORD,
        )
    ],
    "signatures.Funnel": [
        Entry(
            "letter asked mailed opened refused no_host bounced denied",
            "totals of those who never confirmed",
            until=Until.LETTER,
        )
    ],
    "signatures.Update": [
        Entry(
            "id uid letter subject body state reached until total sent written_at asked_at"
            " ended_at",
            "news for those who want it",
            Kind.PUBLIC,
            Until.LETTER,
        ),
        Entry("written_by", "who wrote it", Kind.PERSONAL, Until.ACCOUNT),
    ],
    "signatures.Export": [
        Entry("id uid letter replaces", "which file", until=Until.LETTER),
        Entry("asked_by", "whose file it is", Kind.PERSONAL, Until.ACCOUNT),
        Entry(
            "format sort public_only options fingerprint", "what was asked for", until=Until.LETTER
        ),
        Entry(
            "state done total reason attempts lease_until lease_by sha256 size count paper pages"
            " parts signed snapshot_at started_at generation asked_at ready_at expires_at",
            "making and keeping it",
            until=Until.LETTER,
        ),
    ],
    "signatures.Delivery": [
        Entry(
            "id uid letter target target_name target_role how how_else count paper revision"
            " delivered_at recorded_at received_at answered_at answer answer_hidden_at"
            " answer_hidden_by_staff struck_at",
            "that the letter was handed over, and what came of it",
            Kind.PUBLIC,
            Until.LETTER,
        ),
        Entry("by message", "who handed it over, with which words", Kind.PERSONAL, Until.LETTER),
        Entry("email", "writing to the target's office", Kind.PERSONAL, Until.LETTER),
        Entry("received_by answered_by", "who in the office pressed", Kind.PERSONAL, Until.LETTER),
        Entry("generation", "ending its private link", until=Until.LETTER),
    ],
    "signatures.Invalidation": [
        Entry(
            "id uid letter reason public_reason state matched done created_at started_at ended_at",
            "taking signatures out of the count, with a reason",
            Kind.PUBLIC,
            Until.LETTER,
        ),
        Entry(
            "signed_from signed_until name_contains affiliation_contains numbers",
            "which ones",
            Kind.PERSONAL,
            Until.LETTER,
        ),
        Entry("network", "which ones, by the digest of a network", Kind.DIGEST, Until.LETTER),
        Entry("created_by", "who made the rule", Kind.PERSONAL, Until.ACCOUNT),
    ],
    "signatures.LogEntry": [Entry("index entry", "the public log", Kind.PUBLIC, Until.RECORD)],
    "signatures.Chain": [
        Entry(
            "letter last version signed withdrawn invalidated closed",
            "where a letter stands in the log",
            Kind.PUBLIC,
            Until.LETTER,
        )
    ],
    "signatures.Published": [
        Entry("id origin size root signed_at checked_at", "the newest checkpoint", Kind.PUBLIC)
    ],
    "signatures.LogKey": [Entry("id vkey since until", "the log's public keys", Kind.PUBLIC)],
    "signatures.Breakdown": [
        Entry(
            "id letter day kind detail domain_class people",
            "totals by kind, told once ten people are in each",
            until=Until.LETTER,
        )
    ],
    "signatures.Witnessed": [
        Entry("origin size root checkpoint at", "what we cosigned", Kind.PUBLIC, Until.RECORD)
    ],
    "signatures.Head": [
        Entry("id batch moved_at size hour frozen_at frozen_because", "the sequencer's place")
    ],
}
