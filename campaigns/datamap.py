"""What the database keeps of letters, organisers, and whoever reports; see `worker.datamap`."""

from worker.datamap import DataMap, Entry, Kind, Seal, Until

DATA_MAP: DataMap = {
    "campaigns.Letter": [
        Entry("id uid slug revision", "to find the letter", Kind.PUBLIC, Until.LETTER),
        Entry("organiser", "whose letter it is", Kind.PERSONAL, Until.LETTER),
        Entry(
            "title summary body sender language accent goal zone asks groups seats sensitive",
            "the letter and its rules",
            Kind.PUBLIC,
            Until.LETTER,
        ),
        Entry(
            "controller controller_address privacy_contact privacy_note",
            "the privacy notice: who is responsible",
            Kind.PUBLIC,
            Until.LETTER,
        ),
        Entry("retention_days anonymous_hours", "how long signers' data stays", until=Until.LETTER),
        Entry(
            "state opens_at closes_at created_at changed_at published_at closed_at taken_down_at"
            " taken_down_because",
            "what may happen now",
            Kind.PUBLIC,
            Until.LETTER,
        ),
    ],
    "campaigns.Target": [
        Entry("id letter position", "their order", until=Until.LETTER),
        Entry("name role", "whom the letter is addressed to", Kind.PUBLIC, Until.LETTER),
        Entry("email", "handing over to their office", Kind.PERSONAL, Until.LETTER),
    ],
    "campaigns.Revision": [
        Entry(
            "id letter number canonical sha256 title summary body body_html sender targets"
            " closes_at language note created_at",
            "the text that is signed",
            Kind.PUBLIC,
            Until.LETTER,
        ),
        Entry("created_by", "who changed it", Kind.PERSONAL, Until.ACCOUNT),
    ],
    "campaigns.LetterEvent": [
        Entry(
            "id letter kind revision digest people at index",
            "what happened to a letter, for the log",
            Kind.PUBLIC,
            Until.RECORD,
        ),
        Entry("by", "who vouches for signatures on paper", Kind.PERSONAL, Until.ACCOUNT),
    ],
    "campaigns.Tally": [
        Entry(
            "letter signed withdrawn invalidated paper count moved_at",
            "the totals",
            Kind.PUBLIC,
            Until.LETTER,
        )
    ],
    "campaigns.GrowthHour": [
        Entry("id letter hour signed cancelled", "the growth curve", Kind.PUBLIC, Until.LETTER)
    ],
    "campaigns.Organiser": [
        Entry("id last_login date_joined", "the account", Kind.PERSONAL, Until.ACCOUNT),
        Entry("email name", "logging in and being written to", Kind.PERSONAL, Until.ACCOUNT),
        Entry("password", "never set; its column is Django's", until=Until.ACCOUNT),
        Entry("is_superuser is_staff is_active", "what the account may do", until=Until.ACCOUNT),
    ],
    "campaigns.Invitation": [
        Entry("id uid expires_at used_at created_at", "a way to an account", until=Until.RECORD),
        Entry("email", "who may open one", Kind.PERSONAL, Until.RECORD),
        Entry("invited_by", "who let them", Kind.PERSONAL, Until.ACCOUNT),
    ],
    "campaigns.Report": [
        Entry(
            "id uid letter reason text state created_at decided_at note",
            "deciding about a letter that is said to break the rules",
            Kind.PERSONAL,
            Until.LETTER,
        ),
        Entry(
            "email_sealed",
            "answering who asked for an answer",
            Kind.SEALED,
            Until.ANSWERED,
            Seal(row="uid", place="report.email"),
        ),
        Entry("decided_by", "who decided", Kind.PERSONAL, Until.ACCOUNT),
    ],
    "campaigns.SealingKey": [
        Entry("number since", "which keys have sealed", until=Until.KEY),
        Entry("fingerprint", "telling a wrong key from the right one", Kind.DIGEST, Until.KEY),
    ],
    "campaigns.DayKey": [
        Entry("day", "which day's key", until=Until.WEEK),
        Entry(
            "sealed",
            "the key under which networks of clients are told apart that day",
            Kind.SEALED,
            Until.WEEK,
            Seal(row="day", place="client.day"),
        ),
    ],
    # --- Kept for us by Django and allauth ----------------------------------------------------
    "account.EmailAddress": [
        Entry("id user verified primary", "which address is proved", until=Until.ACCOUNT),
        Entry("email", "logging in", Kind.PERSONAL, Until.ACCOUNT),
    ],
    "account.EmailConfirmation": [
        Entry("id email_address created sent key", "not used: codes are mailed", until=Until.ROW)
    ],
    "mfa.Authenticator": [
        Entry("id user type created_at last_used_at", "a second proof", until=Until.ACCOUNT),
        Entry("data", "public keys; the secrets in it are sealed", Kind.SEALED, Until.ACCOUNT),
    ],
    "usersessions.UserSession": [
        Entry("id user session_key created_at last_seen_at data", "sessions", until=Until.SESSION),
        Entry("ip user_agent", "telling one's own from a stranger's", Kind.PERSONAL, Until.SESSION),
    ],
    "sessions.Session": [
        Entry("session_key session_data expire_date", "logged in", Kind.SECRET, Until.SESSION)
    ],
    "admin.LogEntry": [
        Entry(
            "id action_time user content_type object_id object_repr action_flag change_message",
            "what staff did, by ids",
            Kind.PERSONAL,
            Until.ACCOUNT,
        )
    ],
}
