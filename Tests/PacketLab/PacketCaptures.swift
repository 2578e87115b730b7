import Foundation

/// Recorded traffic that is not part of the project: every capture under `$SHAPER_DATA/pcap`.
enum PacketCaptures {
    /// What a test that wants it says where it is not.
    static let comment = "no captures to read: set SHAPER_DATA to a folder that has them in pcap/"

    private static let folder = ProcessInfo.processInfo.environment["SHAPER_DATA"].map { $0 + "/pcap" }

    /// Whether there are any. In CI there must be: there the tests run, and fail, without.
    static var areExpected: Bool { areThere || ProcessInfo.processInfo.environment["CI"] != nil }

    static var areThere: Bool { folder.map(FileManager.default.fileExists) ?? false }

    /// By name, as `zeek/tunnels_vxlan.pcap`, in the order of names.
    static func all() throws -> [(name: String, capture: PacketCapture)] {
        guard let folder else { throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "$SHAPER_DATA/pcap"]) }
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pcap") }
        return try names.sorted().map { name in
            (name, try PacketCapture([UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))))
        }
    }

    /// Every frame of Ethernet captures.
    static func frames() throws -> [(name: String, bytes: [UInt8])] {
        try all().filter { $0.capture.linkType == PacketCapture.ethernet }.flatMap { name, capture in
            try capture.frames().enumerated().map { ("\(name), frame \($0 + 1)", $1) }
        }
    }
}
