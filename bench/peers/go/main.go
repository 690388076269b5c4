// A native server to compare with: net/http with its defaults. GET is answered with a greeting, POST
// with the request's own body while it is still coming in.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"
)

func greet(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain")
	io.WriteString(w, "Hello from Go\n")
}

func echo(w http.ResponseWriter, r *http.Request) {
	// Otherwise net/http reads what is left of the body before it sends the first byte.
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	io.Copy(w, r.Body)
}

func main() {
	addr := flag.String("listen", "127.0.0.1:8080", "where to accept connections")
	flag.Parse()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			echo(w, r)
		} else {
			greet(w)
		}
	})
	log.Fatal(http.ListenAndServe(*addr, handler))
}
