// Reads a capture to the inner 5-tuple with gopacket, as fast as it can: a peer of bench/packet_run.
//
//	gopacket CAPTURE parser|packet    prints packets, inner 5-tuples
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	reader, err := pcapgo.NewReader(bufio.NewReaderSize(file, 256*1024))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	packets, tuples := 0, 0
	if os.Args[2] == "packet" {
		for {
			data, _, err := reader.ReadPacketData()
			if err == io.EOF {
				break
			}
			packets++
			packet := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: false, NoCopy: true})
			if packet.Layer(layers.LayerTypeGeneve) != nil && packet.TransportLayer() != nil {
				tuples++
			}
		}
	} else {
		var ethernet layers.Ethernet
		var outer, innerV4 layers.IPv4
		var innerV6 layers.IPv6
		var outerUdp, innerUdp layers.UDP
		var geneve layers.Geneve
		var tcp layers.TCP
		var icmp4 layers.ICMPv4
		var icmp6 layers.ICMPv6
		decoded := make([]gopacket.LayerType, 0, 10)
		first := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &ethernet, &outer, &outerUdp)
		first.IgnoreUnsupported = true
		fourth := gopacket.NewDecodingLayerParser(layers.LayerTypeIPv4, &innerV4, &tcp, &innerUdp, &icmp4)
		fourth.IgnoreUnsupported = true
		sixth := gopacket.NewDecodingLayerParser(layers.LayerTypeIPv6, &innerV6, &tcp, &innerUdp, &icmp6)
		sixth.IgnoreUnsupported = true
		for {
			data, _, err := reader.ZeroCopyReadPacketData()
			if err == io.EOF {
				break
			}
			packets++
			if first.DecodeLayers(data, &decoded) != nil || len(decoded) < 3 || outerUdp.DstPort != 6081 {
				continue
			}
			if geneve.DecodeFromBytes(outerUdp.Payload, gopacket.NilDecodeFeedback) != nil {
				continue
			}
			inner := fourth
			if geneve.Protocol == layers.EthernetTypeIPv6 {
				inner = sixth
			}
			if inner.DecodeLayers(geneve.Payload, &decoded) == nil && len(decoded) > 0 {
				tuples++
			}
		}
	}
	fmt.Println(packets, tuples)
}
