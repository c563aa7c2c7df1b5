package main

// Attachments: formats/attachment.md.

const (
	minChunk, maxChunk = 65536, 1 << 20
	maxFile, tagSize   = 2 << 30, 16
)

// attachment is the description in a document.
type attachment struct {
	id, key, hash []byte
	version, size int64
	chunk, chunks int64
	name, media   string
}

func (a attachment) json() ordered {
	return ordered{{"id", b64u(a.id)}, {"version", a.version}, {"name", a.name}, {"media", a.media}, {"size", a.size},
		{"chunk", a.chunk}, {"chunks", a.chunks}, {"key", b64u(a.key)}, {"hash", b64u(a.hash)}}
}

var attachmentMembers = []string{"id", "version", "name", "media", "size", "chunk", "chunks", "key", "hash"}

func readAttachment(value any) attachment {
	return attachmentOf(closed(value, attachmentMembers...))
}

func attachmentOf(o object) attachment {
	a := attachment{id: o.id("id"), version: o.number("version"), name: o.text("name"), media: o.text("media"),
		size: o.integer("size", 0, maxFile), chunk: o.integer("chunk", minChunk, maxChunk),
		chunks: o.integer("chunks", 1, 65536), key: o.hash("key"), hash: o.hash("hash")}
	checkChunk(a.chunk)
	need(a.chunks == chunksOf(a.size, a.chunk), "malformed")
	return a
}

func checkChunk(chunk int64) {
	need(chunk >= minChunk && chunk <= maxChunk && chunk&(chunk-1) == 0, "malformed")
}

func paddedSize(size int64) int64 {
	if size < 256 {
		size = 256
	}
	return padme(size)
}

func chunksOf(size, chunk int64) int64 { return (paddedSize(size) + chunk - 1) / chunk }

// stored is the number of stored bytes.
func (a attachment) stored() int64 { return paddedSize(a.size) + a.chunks*tagSize }

// storedChunk is the length that the place of chunk i demands.
func (a attachment) storedChunk(i int64) int64 {
	if i < a.chunks-1 {
		return a.chunk + tagSize
	}
	return paddedSize(a.size) - (a.chunks-1)*a.chunk + tagSize
}

func (a attachment) place() []byte { return join(a.id, u32(a.version)) }

func (a attachment) nonce(i int64) []byte {
	last := byte(0)
	if i == a.chunks-1 {
		last = 1
	}
	return join(derive(a.key, "attachment-nonce", a.place(), 7), u32(i), []byte{last})
}

func (a attachment) aad() []byte { return info("attachment", a.place(), u32(a.chunk)) }

// sealFile seals a file under a.id, a.version, a.key and a.chunk, and fills in the rest.
func sealFile(a *attachment, file []byte) [][]byte {
	checkChunk(a.chunk)
	a.size = int64(len(file))
	need(a.size <= maxFile, "malformed")
	a.chunks = chunksOf(a.size, a.chunk)
	plain := make([]byte, paddedSize(a.size))
	copy(plain, file)
	aead := gcm(derive(a.key, "attachment-key", a.place(), 32))
	var chunks [][]byte
	var hashes []byte
	for i := int64(0); i < a.chunks; i++ {
		end := (i + 1) * a.chunk
		if end > int64(len(plain)) {
			end = int64(len(plain))
		}
		sealed := aead.Seal(nil, a.nonce(i), plain[i*a.chunk:end], a.aad())
		chunks, hashes = append(chunks, sealed), append(hashes, sha(sealed)...)
	}
	a.hash = tagged("attachment", hashes)
	return chunks
}

// openChunks opens stored chunks in order, the lengths of each before it is decrypted.
func openChunks(a attachment, chunks [][]byte) []byte {
	aead := gcm(derive(a.key, "attachment-key", a.place(), 32))
	var plain, hashes []byte
	for i := int64(0); i < a.chunks; i++ {
		need(i < int64(len(chunks)), "truncated")
		sealed := chunks[i]
		need(int64(len(sealed)) >= a.storedChunk(i), "truncated")
		need(int64(len(sealed)) <= a.storedChunk(i), "trailing-data")
		part, err := aead.Open(nil, a.nonce(i), sealed, a.aad())
		need(err == nil, "undecryptable")
		plain, hashes = append(plain, part...), append(hashes, sha(sealed)...)
	}
	need(int64(len(chunks)) == a.chunks, "trailing-data")
	need(sameBytes(tagged("attachment", hashes), a.hash), "hash-mismatch")
	for _, b := range plain[a.size:] {
		need(b == 0, "malformed")
	}
	return plain[:a.size]
}

// cutChunks cuts stored bytes where the description says.
func cutChunks(a attachment, stored []byte) [][]byte {
	var chunks [][]byte
	step := a.chunk + tagSize
	for int64(len(stored)) > step {
		chunks, stored = append(chunks, stored[:step]), stored[step:]
	}
	return append(chunks, stored)
}
