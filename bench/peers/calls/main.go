// What a call between two services costs when they talk over the network: JSON over HTTP with
// keep-alive, and gRPC, both on loopback between two processes.
//
//	calls serve              serves both; prints "HTTP-ADDRESS GRPC-ADDRESS"
//	calls measure HTTP GRPC  prints {"http": {"scalar": ns, …}, "grpc": {…}}, medians
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"calls/pb"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const maxMessage = 64 << 20

type service struct {
	pb.UnimplementedCallsServer
}

func (service) Add(_ context.Context, r *pb.AddRequest) (*pb.AddReply, error) {
	return &pb.AddReply{Sum: r.A + r.B}, nil
}

func (service) Bytes(_ context.Context, r *pb.BytesRequest) (*pb.Length, error) {
	return &pb.Length{Value: uint32(len(r.Data))}, nil
}

func (service) Text(_ context.Context, r *pb.TextRequest) (*pb.Length, error) {
	return &pb.Length{Value: uint32(len(r.Text))}, nil
}

func (service) Records(_ context.Context, r *pb.RecordsRequest) (*pb.Length, error) {
	return &pb.Length{Value: uint32(len(r.Records))}, nil
}

// route answers JSON with JSON: the REST form of one call.
func route[Request, Reply any](path string, call func(context.Context, *Request) (*Reply, error)) {
	http.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var request Request
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reply, err := call(r.Context(), &request)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(reply)
	})
}

func serve() error {
	var calls service
	route("/add", calls.Add)
	route("/bytes", calls.Bytes)
	route("/text", calls.Text)
	route("/records", calls.Records)
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	rpc, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage))
	pb.RegisterCallsServer(server, calls)
	fmt.Println(web.Addr(), rpc.Addr())
	go func() { log.Fatal(server.Serve(rpc)) }()
	return http.Serve(web, nil)
}

// median runs a call for a while, after warming up, and gives the median of its durations in ns.
func median(call func() error) (int64, error) {
	const rounds, warmUp = 2000, 200
	limit := time.Now().Add(3 * time.Second)
	var durations []int64
	for i := 0; i < rounds+warmUp && (i < 50 || time.Now().Before(limit)); i++ {
		began := time.Now()
		if err := call(); err != nil {
			return 0, err
		}
		durations = append(durations, time.Since(began).Nanoseconds())
	}
	durations = durations[min(warmUp, len(durations)/10):]
	slices.Sort(durations)
	return durations[len(durations)/2], nil
}

func post[Reply any](client *http.Client, address, path string, request any) func() error {
	return func() error {
		var body strings.Builder
		if err := json.NewEncoder(&body).Encode(request); err != nil {
			return err
		}
		response, err := client.Post("http://"+address+path, "application/json", strings.NewReader(body.String()))
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", path, response.Status)
		}
		var reply Reply
		return json.NewDecoder(response.Body).Decode(&reply)
	}
}

func measure(webAddress, rpcAddress string) error {
	connection, err := grpc.NewClient(rpcAddress,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		return err
	}
	defer connection.Close()
	rpc, web, background := pb.NewCallsClient(connection), &http.Client{}, context.Background()

	add := &pb.AddRequest{A: 1, B: 2}
	small := &pb.BytesRequest{Data: make([]byte, 1<<10)}
	big := &pb.BytesRequest{Data: make([]byte, 64<<10)}
	text := &pb.TextRequest{Text: strings.Repeat("a", 1<<10)}
	records := &pb.RecordsRequest{}
	for i := range uint32(1000) {
		records.Records = append(records.Records,
			&pb.Record{Id: i, Weight: float32(i), Size: uint64(i) << 20, Place: -int32(i)})
	}
	type calls = map[string]func() error
	results := map[string]map[string]int64{}
	for peer, functions := range map[string]calls{
		"http": {
			"scalar":       post[pb.AddReply](web, webAddress, "/add", add),
			"bytes 1 KiB":  post[pb.Length](web, webAddress, "/bytes", small),
			"bytes 64 KiB": post[pb.Length](web, webAddress, "/bytes", big),
			"string 1 KiB": post[pb.Length](web, webAddress, "/text", text),
			"1000 records": post[pb.Length](web, webAddress, "/records", records),
		},
		"grpc": {
			"scalar":       func() error { _, err := rpc.Add(background, add); return err },
			"bytes 1 KiB":  func() error { _, err := rpc.Bytes(background, small); return err },
			"bytes 64 KiB": func() error { _, err := rpc.Bytes(background, big); return err },
			"string 1 KiB": func() error { _, err := rpc.Text(background, text); return err },
			"1000 records": func() error { _, err := rpc.Records(background, records); return err },
		},
	} {
		results[peer] = map[string]int64{}
		for name, call := range functions {
			if results[peer][name], err = median(call); err != nil {
				return fmt.Errorf("%s, %s: %w", peer, name, err)
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}

func main() {
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		err = serve()
	case len(os.Args) == 4 && os.Args[1] == "measure":
		err = measure(os.Args[2], os.Args[3])
	default:
		err = fmt.Errorf("usage: calls serve | calls measure HTTP-ADDRESS GRPC-ADDRESS")
	}
	if err != nil {
		log.Fatal(err)
	}
}
