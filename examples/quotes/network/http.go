package export_demo_quotes_market

import (
	"strings"

	wit "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/demo_quotes_market"
	"wit_component/wasi_http_outgoing_handler"
	"wit_component/wasi_http_types"
	"wit_component/wasi_io_streams"
)

// More of an answer is not read.
const longest = 1 << 20

type answer struct {
	status uint16
	body   []byte
}

// Why there is no answer.
type failure struct {
	refused bool
	what    string
}

func (f *failure) Error() string { return f.what }

func (f *failure) problem() problem {
	if f.refused {
		return demo_quotes_market.MakeProblemRefused(f.what)
	}
	return demo_quotes_market.MakeProblemUnreachable(f.what)
}

// get asks for http://host:port/path.
func get(url string) (*answer, *failure) {
	rest, found := strings.CutPrefix(url, "http://")
	authority, path, _ := strings.Cut(rest, "/")
	if !found || authority == "" {
		return nil, &failure{what: "not the address of a server: " + url}
	}
	request := wasi_http_types.MakeOutgoingRequest(wasi_http_types.MakeFields())
	request.SetScheme(wit.Some(wasi_http_types.MakeSchemeHttp()))
	if request.SetAuthority(wit.Some(authority)).IsErr() ||
		request.SetPathWithQuery(wit.Some("/"+path)).IsErr() {
		request.Drop()
		return nil, &failure{what: "not the address of a server: " + url}
	}
	sent := wasi_http_outgoing_handler.Handle(request, wit.None[*wasi_http_types.RequestOptions]())
	if sent.IsErr() {
		return nil, failed(sent.Err())
	}
	future := sent.Ok()
	defer future.Drop()
	ready := future.Subscribe()
	ready.Block()
	ready.Drop()
	// Ready, and asked once: both layers around the answer are there.
	received := future.Get().Some().Ok()
	if received.IsErr() {
		return nil, failed(received.Err())
	}
	response := received.Ok()
	defer response.Drop()
	return &answer{status: response.Status(), body: read(response)}, nil
}

func read(response *wasi_http_types.IncomingResponse) []byte {
	body := response.Consume().Ok()
	defer body.Drop()
	stream := body.Stream().Ok()
	defer stream.Drop()
	var all []byte
	for len(all) < longest {
		piece := stream.BlockingRead(64 << 10)
		if piece.IsErr() {
			if failure := piece.Err(); failure.Tag() != wasi_io_streams.StreamError_Closed {
				failure.LastOperationFailed().Drop()
			}
			break
		}
		all = append(all, piece.Ok()...)
	}
	return all
}

func failed(code wasi_http_types.ErrorCode) *failure {
	switch code.Tag() {
	case wasi_http_types.ErrorCode_HttpRequestDenied:
		return &failure{refused: true, what: "HTTP-request-denied"}
	case wasi_http_types.ErrorCode_DestinationIpProhibited:
		return &failure{refused: true, what: "destination-IP-prohibited"}
	case wasi_http_types.ErrorCode_ConnectionRefused:
		return &failure{what: "connection-refused"}
	default:
		return &failure{what: "the server does not answer"}
	}
}
