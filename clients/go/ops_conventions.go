package main

// Operations of vectors/README.md on formats/conventions.md.

var conventionOps = map[string]operation{
	"b64u.decode": func(a args) any {
		size := -1
		if a.given("size") {
			size = int(a.num("size"))
		}
		data := unb64u(a.text("text"), size)
		return object{"length": int64(len(data)), "digest": b64u(sha(data))}
	},
	"json.read": func(a args) any {
		return object{"value": readJSON(a.bin("data"), int(a.num("max")))}
	},
	"digits.read": func(a args) any {
		return object{"digits": digitsTyped(a.text("typed"), int(a.num("count")))}
	},
	"hash.tagged": func(a args) any { return object{"hash": b64u(tagged(a.text("kind"), a.bin("data")))} },
	"derive": func(a args) any {
		return object{"key": b64u(derive(a.bin("key"), a.text("kind"), a.bin("context"), int(a.num("size"))))}
	},
	"hpke.open": func(a args) any {
		return object{"plaintext": b64u(openBox(a.text("kind"), a.sealKey("private"), a.bin("context"), a.text("token")))}
	},
	"padding.add":    func(a args) any { return object{"padded": b64u(padded(a.bin("message")))} },
	"padding.remove": func(a args) any { return object{"message": b64u(unpadded(a.bin("padded")))} },
	"padding.size":   func(a args) any { return object{"size": padme(a.num("length"))} },
}

func (a args) members() ordered {
	var out ordered
	for _, v := range a.list("members") {
		pair := asList(v)
		out = append(out, member{asText(pair[0]), pair[1]})
	}
	return out
}

var jsonWebOps = map[string]operation{
	"jwe.seal": func(a args) any {
		return object{"token": sealJWEWith(a.text("kind"), a.bin("key"), a.members(), a.bin("plaintext"), a.bin("iv"))}
	},
	"jwe.open": func(a args) any {
		return object{"plaintext": b64u(openJWE(a.text("kind"), a.bin("key"), a.members(), a.text("token")))}
	},
	"jws.sign": func(a args) any {
		header := kidHeader
		if a.text("header") == "jwk" {
			header = jwkHeader
		}
		seed := a.bin("seed")
		return object{"token": signWith(header(a.text("kind"), publicOf(seed)), seed, a.bin("payload"))}
	},
	"jws.verify": func(a args) any {
		return object{"payload": b64u(verifyKid(a.text("kind"), a.bin("public"), a.text("token")))}
	},
	"jws.verify_jwk": func(a args) any {
		public, payload := verifyJWK(a.text("kind"), a.text("token"))
		return object{"public": b64u(public), "payload": b64u(payload)}
	},
	"jwk.thumbprint": func(a args) any { return object{"thumbprint": b64u(readJWK(a["jwk"]).thumbprint)} },
	"sign_in.make": func(a args) any {
		return object{"token": makeSignIn(a.bin("seed"), signIn{a.text("origin"), a.text("handle"), a.text("method"),
			a.text("action"), a.text("nonce"), a.text("jkt"), b64u(sha(a.binOr("body")))})}
	},
	"sign_in.check": func(a args) any {
		s := checkSignIn(a.text("token"), a.bin("enrolled"), a.text("origin"), a.text("jkt"), a.binOr("body"))
		return object{"handle": s.handle, "method": s.method, "action": s.action, "nonce": s.nonce}
	},
	"dpop.verify": func(a args) any {
		d := verifyDPoP(a.text("proof"), call{a.text("htm"), a.text("htu"), a.textOr("token", ""), a.binOr("body")},
			a.num("now"))
		return object{"jkt": d.jkt, "jti": d.jti, "iat": d.iat}
	},
}
