// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "shaper",
    products: [
        .executable(name: "shaperctl", targets: ["ShaperCtl"]),
        .executable(name: "lab-probe", targets: ["LabProbe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
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

        // The policy file: text to values, with every complaint placed.
        .target(name: "Policy", dependencies: ["CBPF", "Yams"]),
        // Policy to desired kernel state. A pure function.
        .target(name: "Plan", dependencies: ["CBPF", "Policy"]),
        // The only room that touches the kernel, and the only one with unsafe code.
        .target(name: "Datapath", dependencies: ["CBPF", "Plan", "Policy"], plugins: ["EmbedBPF"]),
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
                "Datapath", "Plan", "Policy", "Telemetry",
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
                "Control",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // The lab's traffic source and sink: delays of small datagrams, packets per second, what a node needs. Not installed.
        .executableTarget(
            name: "LabProbe",
            dependencies: ["CBPF", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        .testTarget(name: "PolicyTests", dependencies: ["Policy"]),
        .testTarget(name: "PlanTests", dependencies: ["CBPF", "Plan", "Policy"]),
        .testTarget(name: "DatapathTests", dependencies: ["CBPF", "Datapath", "Plan", "Policy"]),
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
                "Control",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ]),
        .testTarget(name: "LabProbeTests", dependencies: ["LabProbe"]),
        // Through the built binaries, in namespaces; it needs shaperctl and lab-probe beside the test bundle.
        .testTarget(name: "EndToEndTests"),

        // Compiles bpf/*.bpf.c and carries the objects into Datapath as text.
        .plugin(name: "EmbedBPF", capability: .buildTool()),
    ]
)

/// The rooms that may use unsafe constructs: the one that touches the kernel, and the lab's socket tool.
let unsafeRooms: Set<String> = ["Datapath", "LabProbe", "LabProbeTests", "DatapathTests", "EndToEndTests"]

for target in package.targets where target.type != .plugin && target.name != "CBPF" {
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
