module weir.bench/gopacket

go 1.22.0

require github.com/gopacket/gopacket v1.3.1

require (
	golang.org/x/net v0.28.0 // indirect
	golang.org/x/sys v0.24.0 // indirect
)
