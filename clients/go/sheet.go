package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The QR code on a recovery sheet: formats/wallet.md.

var sheetPattern = regexp.MustCompile(`^MAPPE-SHEET:([0-9A-HJKMNP-TV-Z]{10}):([0-9]{48}):([1-9][0-9]{0,8})$`)

func writeSheet(handle string, code []byte, number int64) string {
	text := fmt.Sprintf("MAPPE-SHEET:%s:%s:%d", handle, writeCode(code), number)
	need(sheetPattern.MatchString(text), "malformed")
	return text
}

// readSheet gives handle, recovery code (16 bytes) and the number below which no state is taken.
func readSheet(text string) (handle string, code []byte, number int64) {
	m := sheetPattern.FindStringSubmatch(strings.TrimSpace(text))
	need(m != nil, "malformed")
	number, err := strconv.ParseInt(m[3], 10, 64)
	must(err)
	return m[1], readCode(m[2], 16), number
}
