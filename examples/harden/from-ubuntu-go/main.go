// A web server that greets.
package main

import (
	"fmt"
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(answer http.ResponseWriter, asked *http.Request) {
		fmt.Fprintf(answer, "hello from Go, %s\n", asked.URL.Query().Get("name"))
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
