// A vCenter simulator of other people's making, for the wire tests: govmomi's, with a certificate of ours.
//
// It is built by ./build over the packages of a distribution, without modules and without the network. Its flags are
// those of govmomi's own command, which serves the tests as well.
//
// It prints its address on one line and serves until its standard input is closed, so that it never outlives whoever
// started it.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	model := simulator.VPX()
	listen := flag.String("l", "127.0.0.1:0", "address to listen on")
	user := flag.String("username", "", "the one login that is accepted")
	password := flag.String("password", "", "its password")
	cert := flag.String("tlscert", "", "certificate chain (PEM)")
	key := flag.String("tlskey", "", "its key (PEM)")
	flag.IntVar(&model.Machine, "vm", model.Machine, "virtual machines in each resource pool")
	flag.IntVar(&model.Host, "standalone-host", model.Host, "hosts outside of clusters")
	flag.IntVar(&model.Cluster, "cluster", model.Cluster, "clusters")
	flag.Parse()

	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		log.Fatal(err)
	}
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	model.Service.Listen = &url.URL{Host: *listen, User: url.UserPassword(*user, *password)}
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server := model.Service.NewServer()
	fmt.Println(server.URL.Host)

	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		log.Print(err)
	}
	server.Close()
	model.Remove()
}
