// Command forward carries TCP connections from addresses of this machine to the embedded node, which has a network
// of its own: forward LISTEN=TARGET [LISTEN=TARGET ...]
package main

import (
	"io"
	"log"
	"net"
	"os"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: forward LISTEN=TARGET [LISTEN=TARGET ...]")
	}
	for _, pair := range os.Args[1:] {
		listen, target, found := strings.Cut(pair, "=")
		if !found {
			log.Fatalf("forward: %q is not LISTEN=TARGET", pair)
		}
		listener, err := net.Listen("tcp", listen)
		if err != nil {
			log.Fatal(err)
		}
		go serve(listener, target)
	}
	select {}
}

func serve(listener net.Listener, target string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go carry(client.(*net.TCPConn), target)
	}
}

func carry(client *net.TCPConn, target string) {
	defer client.Close()
	connection, err := net.Dial("tcp", target)
	if err != nil {
		log.Print(err)
		return
	}
	server := connection.(*net.TCPConn)
	defer server.Close()
	done := make(chan struct{})
	go func() {
		copyHalf(server, client)
		close(done)
	}()
	copyHalf(client, server)
	<-done
}

// copyHalf passes on the end of one direction, so that half-closed connections work.
func copyHalf(to, from *net.TCPConn) {
	_, _ = io.Copy(to, from)
	_ = to.CloseWrite()
}
