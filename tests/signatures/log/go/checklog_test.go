package main

// A log that Groundswell has written, against one that Go's packages make of the same leaves.
// test_go.py writes it into the folder that GROUNDSWELL_LOG names.

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var folder = os.Getenv("GROUNDSWELL_LOG")

func file(t *testing.T, names ...string) []byte {
	data, err := os.ReadFile(filepath.Join(append([]string{folder}, names...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// leaves are what was appended, each after its length.
func leaves(t *testing.T) (all [][]byte) {
	for data := file(t, "leaves"); len(data) > 0; {
		end := 2 + int(binary.BigEndian.Uint16(data))
		all, data = append(all, data[2:end]), data[end:]
	}
	return all
}

// memory is the tree as Go stores it.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) (found []tlog.Hash, err error) {
	for _, index := range indexes {
		found = append(found, m[index])
	}
	return found, nil
}

func grown(t *testing.T, all [][]byte) (m memory) {
	for n, leaf := range all {
		hashes, err := tlog.StoredHashes(int64(n), leaf, m)
		if err != nil {
			t.Fatal(err)
		}
		m = append(m, hashes...)
	}
	return m
}

func signers(t *testing.T) (all []note.Verifier) {
	for n, vkey := range strings.Fields(string(file(t, "keys"))) {
		one, err := witness(vkey)
		if n == 0 {
			one, err = note.NewVerifier(vkey)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func newest(t *testing.T) (tlog.Tree, tlog.HashReader) {
	tree, err := opened(file(t, "log", "checkpoint"), signers(t))
	if err != nil {
		t.Fatal(err)
	}
	kept := &kept{tiles{source(filepath.Join(folder, "log"))}, map[tlog.Tile][]byte{}}
	return tree, tlog.TileHashReader(tree, kept)
}

// kept reads each tile from the disk once; what is in them is checked for every proof anew.
type kept struct {
	tiles
	held map[tlog.Tile][]byte
}

func (k *kept) ReadTiles(wanted []tlog.Tile) (read [][]byte, err error) {
	for _, one := range wanted {
		if k.held[one] == nil {
			data, err := k.tiles.ReadTiles([]tlog.Tile{one})
			if err != nil {
				return nil, err
			}
			k.held[one] = data[0]
		}
		read = append(read, k.held[one])
	}
	return read, nil
}

func TestEveryCheckpointHasTheRootThatGoFinds(t *testing.T) {
	made := grown(t, leaves(t))
	found, err := os.ReadDir(filepath.Join(folder, "checkpoints"))
	if err != nil || len(found) < 20 {
		t.Fatal("too few checkpoints", err)
	}
	for _, one := range found {
		tree, err := opened(file(t, "checkpoints", one.Name()), signers(t))
		if err != nil {
			t.Fatal(one.Name(), err)
		}
		root, err := tlog.TreeHash(tree.N, made)
		if err != nil || root != tree.Hash {
			t.Error(one.Name(), "has another root")
		}
	}
}

func TestEveryTileAndBundleIsTheOneThatGoWrites(t *testing.T) {
	all := leaves(t)
	made, from := grown(t, all), source(filepath.Join(folder, "log"))
	wanted := map[string]bool{} // the full ones, and the last of each level
	for _, one := range tlog.NewTiles(8, 0, int64(len(all))) {
		wanted[path(one)] = one.W == width || one.N*width+int64(one.W) == int64(len(all))>>(8*one.L)
	}
	err := filepath.Walk(filepath.Join(folder, "log", "tile"), func(at string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, err := filepath.Rel(filepath.Join(folder, "log"), at)
		if err != nil {
			return err
		}
		delete(wanted, name)
		theirs := strings.Replace(strings.Replace(name, "tile/", "tile/8/", 1), "entries", "data", 1)
		one, err := tlog.ParseTilePath(theirs)
		if err != nil {
			return err
		}
		if one.L == -1 {
			entries, err := from.bundle(one)
			for i, entry := range entries {
				if !bytes.Equal(entry, all[one.N*width+int64(i)]) {
					t.Error(name, "holds another entry", i)
				}
			}
			return err
		}
		data, err := tlog.ReadTileData(one, made)
		if ours, wrong := from.read(name); wrong != nil || !bytes.Equal(ours, data) {
			t.Error(name, "differs", wrong)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, needed := range wanted {
		if needed {
			t.Error(name, "is missing")
		}
	}
}

// A line is "inclusion <index> <size> <hash>…" or "consistency <old> <new> <hash>…".
func TestEveryProofIsTheOneThatGoMakesAndNoOther(t *testing.T) {
	all := leaves(t)
	made, lines, refused := grown(t, all), 0, 0
	tree, disk := newest(t)
	scanner := bufio.NewScanner(bytes.NewReader(file(t, "proofs")))
	for ; scanner.Scan(); lines++ {
		words := strings.Fields(scanner.Text())
		first, _ := strconv.ParseInt(words[1], 10, 64)
		size, _ := strconv.ParseInt(words[2], 10, 64)
		var ours []tlog.Hash
		for _, word := range words[3:] {
			hash, err := tlog.ParseHash(word)
			if err != nil {
				t.Fatal(err)
			}
			ours = append(ours, hash)
		}
		read := tlog.HashReader(made)
		if size == tree.N {
			read = disk
		}
		root, err := tlog.TreeHash(size, made)
		if err != nil {
			t.Fatal(err)
		}
		theirs, check := about(t, words[0], first, size, root, read, made, all)
		if !same(ours, theirs) {
			t.Error(words[:3], "is another proof than Go's")
		}
		if err := check(ours); err != nil {
			t.Error(words[:3], err)
		}
		for at := range ours[:min(len(ours), 1+lines%3)] {
			ours[at][lines%32] ^= 1 << (lines % 8)
			if check(ours) == nil {
				t.Error(words[:3], "holds with a bit changed")
			}
			refused++
			ours[at][lines%32] ^= 1 << (lines % 8)
		}
	}
	if lines < min(len(all), 100000) || refused < lines {
		t.Error("too few proofs", lines, refused)
	}
	t.Log(lines, "proofs equal and accepted,", refused, "damaged ones refused")
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func about(
	t *testing.T, kind string, first, size int64, root tlog.Hash, read, made tlog.HashReader, all [][]byte,
) (theirs []tlog.Hash, check func([]tlog.Hash) error) {
	if kind == "inclusion" {
		proof, err := tlog.ProveRecord(size, first, read)
		if err != nil {
			t.Fatal(kind, first, size, err)
		}
		leaf := tlog.RecordHash(all[first])
		return proof, func(p []tlog.Hash) error { return tlog.CheckRecord(p, size, root, first, leaf) }
	}
	proof, err := tlog.ProveTree(size, first, read)
	if err != nil {
		t.Fatal(kind, first, size, err)
	}
	old, err := tlog.TreeHash(first, made)
	if err != nil {
		t.Fatal(err)
	}
	return proof, func(p []tlog.Hash) error { return tlog.CheckTree(p, size, root, first, old) }
}

func same(one, other []tlog.Hash) bool {
	equal := len(one) == len(other)
	for i := 0; equal && i < len(one); i++ {
		equal = one[i] == other[i]
	}
	return equal
}

// Go reads base64 loosely, so that one note has several spellings; what it accepts must say the same.
func TestNoCheckpointWithABitChangedSaysAnythingElse(t *testing.T) {
	signed, all := file(t, "log", "checkpoint"), signers(t)
	tree, _ := newest(t)
	tried, spelled := 0, 0
	for at := range signed {
		for bit := 0; bit < 8; bit++ {
			signed[at] ^= 1 << bit
			if found, err := opened(signed, all); err == nil {
				spelled++
				if found != tree {
					t.Error("byte", at, "bit", bit, "makes another tree")
				}
			}
			tried++
			signed[at] ^= 1 << bit
		}
	}
	if spelled > 16 {
		t.Error("too many spellings of one note", spelled)
	}
	t.Log(tried, "changed notes,", spelled, "of them the same in loose base64")
}

func TestANoteSignedByGoIsWrittenForPython(t *testing.T) {
	key, vkey, err := note.GenerateKey(rand.Reader, "letters.example.org/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	tree, _ := newest(t)
	text := "letters.example.org/log\n" + strconv.FormatInt(tree.N, 10) + "\n" + tree.Hash.String() + "\n"
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"from-go": signed, "from-go.key": []byte(vkey)} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
