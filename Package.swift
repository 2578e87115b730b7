// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "shaper",
    products: [
        .executable(name: "shaperctl", targets: ["ShaperCtl"]),
        .executable(name: "lab-probe", targets: ["LabProbe"]),
        .executable(name: "packet-fuzz", targets: ["PacketFuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The contract header, libbpf, the kernel's rtnetlink headers and the shims for what Swift cannot import. Nothing else is C.
        .target(
            name: "CBPF",
            linkerSettings: [
                .linkedLibrary("bpf")
            ]),

        // libnl-route: netlink messages and the queues in them.
        .systemLibrary(name: "CNetlink", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),

        // zlib: bars as they are kept.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Times of the calendar: cron expressions by a place's clock.
        .target(name: "Schedules"),
        // The policy file: text to values, with every complaint placed.
        .target(name: "Policy", dependencies: ["CBPF", "Schedules", "Yams"]),
        // Policy to desired kernel state. A pure function.
        .target(name: "Plan", dependencies: ["CBPF", "Policy"]),
        // The only room that touches the kernel, and the only one with unsafe code.
        .target(name: "Datapath", dependencies: ["CBPF", "CNetlink", "Plan", "Policy"], plugins: ["EmbedBPF"]),
        // Prices to regimes, and regimes to quotas. Pure: what time it is, it is told.
        .target(name: "Market", dependencies: ["Policy"]),
        // A Unix socket's name in the file system.
        .target(
            name: "Sockets",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // Streams of prices from exchanges, sockets and files.
        .target(
            name: "Feeds",
            dependencies: [
                "Market", "Policy", "Schedules", "Sockets",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "_NIOFileSystem", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        // The market of another day, played through a policy.
        .target(name: "Backtest", dependencies: ["CZlib", "Market", "Policy"]),
        // Which flows are liquidations now, and which of them fit. Pure.
        .target(name: "Signals", dependencies: ["Plan", "Policy"]),
        // Counters to Prometheus text, served over HTTP.
        .target(
            name: "Telemetry",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // One node's operations (apply, class set, explain, unload), and the daemon that keeps it in order.
        .target(
            name: "Control",
            dependencies: [
                "Backtest", "Datapath", "Feeds", "Market", "Plan", "Policy", "Signals", "Sockets",
                "Telemetry",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "ShaperCtl",
            dependencies: [
                "CBPF", "Control",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // The lab's traffic source and sink: delays of small datagrams, packets per second, what a node needs. Not installed.
        .executableTarget(
            name: "LabProbe",
            dependencies: [
                "Backtest", "CBPF", "Feeds", "Market", "Policy",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Frames built byte by byte, and a node to run the programs on: for the tests and the fuzzer. Not installed.
        .target(name: "PacketLab", dependencies: ["CBPF", "Datapath", "Plan", "Policy"], path: "Tests/PacketLab"),
        // The programs on frames that nobody thought of, for minutes. Not installed.
        .executableTarget(
            name: "PacketFuzz",
            dependencies: [
                "CBPF", "Datapath", "PacketLab", "Policy",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/PacketFuzz"),

        .testTarget(name: "PolicyTests", dependencies: ["Policy"]),
        // Policies and packets, made up, for the tests of several rooms.
        .target(name: "PolicySamples", dependencies: ["Plan", "Policy"], path: "Tests/PolicySamples"),
        .testTarget(name: "PlanTests", dependencies: ["CBPF", "Plan", "Policy", "PolicySamples"]),
        .testTarget(
            name: "DatapathTests", dependencies: ["CBPF", "Datapath", "PacketLab", "Plan", "Policy", "PolicySamples"]),
        .testTarget(name: "MarketTests", dependencies: ["Market", "Policy", "PolicySamples"]),
        .testTarget(
            name: "FeedsTests",
            dependencies: [
                "Feeds", "Market", "Policy",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(name: "BacktestTests", dependencies: ["Backtest", "Market", "Policy", "PolicySamples"]),
        .testTarget(name: "SchedulesTests", dependencies: ["Schedules"]),
        .testTarget(name: "SignalsTests", dependencies: ["Plan", "Policy", "Signals"]),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "ControlTests",
            dependencies: [
                "Control", "Datapath", "Market", "Policy", "PolicySamples",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .testTarget(name: "LabProbeTests", dependencies: ["LabProbe", "Market", "Policy"]),
        // Through the built binaries, in namespaces; it needs shaperctl and lab-probe beside the test bundle.
        .testTarget(name: "EndToEndTests"),

        // Compiles bpf/*.bpf.c and carries the objects into Datapath as text.
        .plugin(name: "EmbedBPF", capability: .buildTool()),
    ]
)

/// The rooms that may use unsafe constructs: the one that touches the kernel, and the lab's socket tools.
let unsafeRooms: Set<String> = [
    "Datapath", "LabProbe", "LabProbeTests", "DatapathTests", "EndToEndTests", "PacketLab", "PacketFuzz",
]

for target in package.targets where ![.plugin, .system].contains(target.type) && target.name != "CBPF" {
    var settings: [SwiftSetting] = [
        .swiftLanguageMode(.v6),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
    if !unsafeRooms.contains(target.name) { settings.append(.strictMemorySafety()) }
    // Tests are built in the release configuration too, so that a machine compiles everything once.
    settings.append(.unsafeFlags(["-enable-testing"]))
    target.swiftSettings = settings
}
