// Command checklog checks a Groundswell log, or one proof, with the packages that Go itself uses to
// check its modules: golang.org/x/mod/sumdb/tlog and sumdb/note. Nothing here is Groundswell's.
//
//	checklog -key VKEY https://letters.example.org/log     every entry, from an address
//	checklog -key VKEY folder                              the same from a copy
//	checklog -key VKEY -old checkpoint folder              and that it grew out of an older tree
//	checklog -key VKEY -proof closed.tlog-proof            one proof
//	-witness VKEY, once or more: the checkpoint must carry its cosignature too
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// --- Where a log is read: C2SP tlog-tiles --------------------------------------------------------

const width = 256 // hashes in a full tile

// A source is the address of a log, or a folder with a copy of it.
type source string

func (s source) read(path string) ([]byte, error) {
	if !strings.Contains(string(s), "://") {
		return os.ReadFile(filepath.Join(string(s), path))
	}
	answer, err := http.Get(strings.TrimSuffix(string(s), "/") + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 32<<20))
}

// path is where C2SP keeps a tile: as Go does, without the height, and data are called entries.
func path(t tlog.Tile) string {
	return strings.Replace("tile/"+strings.TrimPrefix(t.Path(), "tile/8/"), "/data/", "/entries/", 1)
}

// tile reads a tile; a partial one may have given way to the full one, whose beginning it was.
func (s source) tile(t tlog.Tile) ([]byte, error) {
	data, err := s.read(path(t))
	if err != nil && t.W < width {
		t.W = width
		return s.read(path(t))
	}
	return data, err
}

// bundle reads the entries of a data tile, each after its length.
func (s source) bundle(t tlog.Tile) ([][]byte, error) {
	data, err := s.tile(t)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(entries) < t.W {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New(path(t) + " ends too early")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:end]), data[end:]
	}
	return entries, nil
}

// tiles is what tlog reads hashes through; it checks each against the tree it is told.
type tiles struct{ source }

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, one := range wanted {
		data, err := t.tile(one)
		if err != nil {
			return nil, err
		}
		if len(data) > one.W*tlog.HashSize {
			data = data[:one.W*tlog.HashSize]
		}
		read = append(read, data)
	}
	return read, nil
}

// --- Who signs: C2SP signed-note, tlog-checkpoint, tlog-cosignature -------------------------------

// A cosigner verifies a witness's signature: 8 bytes of time, then Ed25519 over both.
type cosigner struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id }

func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(signature))
	return ed25519.Verify(c.key, append([]byte(head), text...), signature[8:])
}

func witness(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("a witness's key has three parts")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("a witness's key is an Ed25519 key of type 4")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return nil, errors.New("a witness's key has another id")
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), key[1:]}, nil
}

// opened is the tree in a checkpoint that all of these have signed, the log itself first.
func opened(signed []byte, all []note.Verifier) (tlog.Tree, error) {
	read, err := note.Open(signed, note.VerifierList(all...))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(read.Sigs) != len(all) {
		return tlog.Tree{}, errors.New("somebody who should has not signed the checkpoint")
	}
	lines := strings.Split(read.Text, "\n")
	if len(lines) < 4 || lines[0] != all[0].Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("the checkpoint's size is no number")
	}
	root, err := tlog.ParseHash(lines[2])
	if size == 0 && root != tlog.Hash(sha256.Sum256(nil)) {
		err = errors.New("an empty tree has another root")
	}
	return tlog.Tree{N: size, Hash: root}, err
}

// --- What an entry says: 84 bytes, docs/transparency.md -------------------------------------------

const nowhere = 1<<64 - 1 // where a pointer points to nothing

// An entry's letter, its pointer to the letter's entry before, and the letter's totals.
type entry struct {
	kind                           byte
	letter                         [16]byte
	before                         uint64
	signed, withdrawn, invalidated uint32
}

func parsed(raw []byte) (e entry, err error) {
	if len(raw) != 84 || raw[0] != 1 {
		return e, errors.New("not an entry")
	}
	number := binary.BigEndian
	e = entry{kind: raw[1], before: number.Uint64(raw[32:]), signed: number.Uint32(raw[40:])}
	e.withdrawn, e.invalidated = number.Uint32(raw[44:]), number.Uint32(raw[48:])
	copy(e.letter[:], raw[4:20])
	return e, nil
}

func (e entry) String() string {
	return fmt.Sprintf("letter %x: %d signatures (%d signed, %d withdrawn, %d invalidated)",
		e.letter, int64(e.signed)-int64(e.withdrawn)-int64(e.invalidated),
		e.signed, e.withdrawn, e.invalidated)
}

// follows says whether totals and pointer of an entry go on from the letter's one before.
func (e entry) follows(last entry, at uint64) bool {
	switch e.kind {
	case 16:
		last.signed++
	case 17:
		last.withdrawn++
	case 18:
		last.invalidated++
	}
	return e.before == at && e.signed == last.signed &&
		e.withdrawn == last.withdrawn && e.invalidated == last.invalidated
}

// --- What is checked ------------------------------------------------------------------------------

// audit reads every entry, checks it against the tree, and adds up each letter.
func audit(from source, tree tlog.Tree, say io.Writer) error {
	hashes := tlog.TileHashReader(tree, tiles{from})
	last, at, order := map[[16]byte]entry{}, map[[16]byte]uint64{}, [][16]byte{}
	for first := int64(0); first < tree.N; first += width {
		held := width
		if tree.N-first < width {
			held = int(tree.N - first)
		}
		entries, err := from.bundle(tlog.Tile{H: 8, L: -1, N: first / width, W: held})
		if err != nil {
			return err
		}
		var places []int64
		for i := range entries {
			places = append(places, tlog.StoredHashIndex(0, first+int64(i)))
		}
		signed, err := hashes.ReadHashes(places)
		if err != nil {
			return err
		}
		for i, raw := range entries {
			one, err := parsed(raw)
			if err == nil && tlog.RecordHash(raw) != signed[i] {
				err = errors.New("not the entry that was signed")
			}
			if _, known := last[one.letter]; !known {
				at[one.letter], order = nowhere, append(order, one.letter)
			}
			if err == nil && !one.follows(last[one.letter], at[one.letter]) {
				err = errors.New("it does not go on from its letter's entry before")
			}
			if err != nil {
				return fmt.Errorf("entry %d: %w", first+int64(i), err)
			}
			last[one.letter], at[one.letter] = one, uint64(first)+uint64(i)
		}
	}
	fmt.Fprintf(say, "All %d entries are those that were signed.\n", tree.N)
	for _, letter := range order {
		fmt.Fprintln(say, last[letter])
	}
	return nil
}

// grew checks that a tree begins with an older one.
func grew(from source, tree, old tlog.Tree, say io.Writer) error {
	if old.N > 0 {
		proof, err := tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, tiles{from}))
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(say, "It grew out of the older tree of %d entries.\n", old.N)
	return nil
}

// proven checks a C2SP tlog-proof whose extra data is our entry, or a receipt that begins with it.
func proven(file []byte, all []note.Verifier, say io.Writer) error {
	head, signed, _ := bytes.Cut(file, []byte("\n\n"))
	tree, err := opened(signed, all)
	if err != nil {
		return err
	}
	lines := strings.Split(string(head), "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof with an entry")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if len(raw) > 84 {
		raw = raw[1:85]
	}
	index, wrong := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil || wrong != nil {
		return errors.New("not a proof with an entry")
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(raw)); err != nil {
		return err
	}
	one, err := parsed(raw)
	fmt.Fprintf(say, "Entry %d is in the tree of %d entries.\n%v\n", index, tree.N, one)
	return err
}

// --- The command ----------------------------------------------------------------------------------

type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func run() error {
	key := flag.String("key", "", "the log's `vkey`, from its /log/key or, better, from elsewhere")
	old := flag.String("old", "", "a `checkpoint` kept from before")
	proof := flag.String("proof", "", "check this `file` and no log")
	var witnesses list
	flag.Var(&witnesses, "witness", "the `vkey` of a witness who must have signed")
	flag.Parse()
	own, err := note.NewVerifier(*key)
	if err != nil {
		return err
	}
	all := []note.Verifier{own}
	for _, vkey := range witnesses {
		one, err := witness(vkey)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	if *proof != "" {
		file, err := os.ReadFile(*proof)
		if err != nil {
			return err
		}
		return proven(file, all, os.Stdout)
	}
	from := source(flag.Arg(0))
	signed, err := from.read("checkpoint")
	if err != nil {
		return err
	}
	tree, err := opened(signed, all)
	if err != nil {
		return err
	}
	if *old != "" {
		before, err := os.ReadFile(*old)
		if err != nil {
			return err
		}
		older, err := opened(before, all[:1])
		if err != nil {
			return err
		}
		if err := grew(from, tree, older, os.Stdout); err != nil {
			return err
		}
	}
	return audit(from, tree, os.Stdout)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "WRONG:", err)
		os.Exit(1)
	}
}
