// The network part as a service: GET /quotes?days=N, POST /parse, GET /ping.
//
//	MARKET=http://127.0.0.1:8080/market/prices network HOST:PORT
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

type good struct {
	Symbol string    `json:"symbol"`
	Name   string    `json:"name"`
	Unit   string    `json:"unit"`
	Prices []float64 `json:"prices"`
}

// parse reads what a market answers with.
func parse(text io.Reader) ([]good, error) {
	var read struct {
		Goods []good `json:"goods"`
	}
	if err := json.NewDecoder(text).Decode(&read); err != nil {
		return nil, err
	}
	if len(read.Goods) == 0 {
		return nil, errors.New("it lists no goods")
	}
	return read.Goods, nil
}

func fetch(days string) ([]good, error) {
	response, err := http.Get(os.Getenv("MARKET") + "?days=" + days)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the market answered with status %d", response.StatusCode)
	}
	return parse(response.Body)
}

func reply(w http.ResponseWriter, goods []good, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
		return
	}
	json.NewEncoder(w).Encode(goods)
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: network HOST:PORT")
	}
	http.HandleFunc("/quotes", func(w http.ResponseWriter, r *http.Request) {
		goods, err := fetch(r.URL.Query().Get("days"))
		reply(w, goods, err)
	})
	http.HandleFunc("/parse", func(w http.ResponseWriter, r *http.Request) {
		goods, err := parse(r.Body)
		reply(w, goods, err)
	})
	http.HandleFunc("/ping", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "1")
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
