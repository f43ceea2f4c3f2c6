"""A real Apache Kafka for the tests: KRaft, one node or several, from Maven's jars, in seconds.

``python tests/broker.py`` fetches the jars; without Java or Maven it says so and exits 1.
"""

import base64
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

KAFKA_VERSION = "4.3.1"
LOG4J_VERSION = "2.25.4"  # without log4j-slf4j-impl the broker's log stays empty
START_TIMEOUT_S = 60.0  # it takes 3 s alone on two cores; CI shares them
STOP_TIMEOUT_S = 20.0
PASSWORD = "canary-7f3a"  # of user detector on the secure listener

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>detector</groupId><artifactId>broker</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>{LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""
LOG4J = """
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class BrokerUnavailableError(Exception):
    """This machine cannot run a broker; the message says what it lacks."""


def jars() -> Path:
    """The folder with the broker's jars, fetched by Maven once a version and kept outside the
    checkout.

    Raises BrokerUnavailableError where Java or Maven is missing or the jars cannot be fetched.
    """
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    folder = _cache() / "detector-kafka" / f"{KAFKA_VERSION}-{LOG4J_VERSION}"
    if folder.is_dir() and "java" not in missing:
        return folder
    if missing:
        raise BrokerUnavailableError(f"no real broker: {' and '.join(missing)} not found")
    fetching = folder.with_name(f"{folder.name}.{os.getpid()}")
    fetching.mkdir(parents=True)
    (fetching / "pom.xml").write_text(POM, encoding="utf-8")
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies"]
    command += [f"-DoutputDirectory={fetching / 'jars'}", "-DincludeScope=runtime"]
    done = subprocess.run(command, cwd=fetching, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(fetching)
        raise BrokerUnavailableError(f"no real broker: {' '.join(command)} failed:\n{done.stdout}")
    with contextlib.suppress(OSError):  # another process was first: its jars are the same
        (fetching / "jars").rename(folder)
    shutil.rmtree(fetching)
    return folder


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@dataclass
class Node:
    """One process of the cluster: broker and controller."""

    id: int
    port: int
    secure_port: int
    controller_port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, jars: Path) -> None:
        """Starts the process; it serves clients some seconds later."""
        assert self.process is None
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *("java", "-Xmx400m", "-Xms128m", "-XX:+UseSerialGC"),
                    "-XX:TieredStopAtLevel=1",
                    f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
                    *("-cp", f"{jars}/*", "kafka.Kafka", str(self.folder / "server.properties")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends the process that this node started, and waits for its end."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def is_listening(self) -> bool:
        """Whether clients can connect; raises RuntimeError where the process has ended."""
        if self.process is None or self.process.poll() is not None:
            log = (self.folder / "broker.log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the broker ended at its start:\n{log[-4000:]}")
        with socket.socket() as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@dataclass
class Cluster:
    """A running Kafka.

    settings: broker properties beside those that a small cluster needs.
    secure:   also listens for user ``detector`` with PASSWORD, who may nothing
              until an ACL allows it; the plain listener may everything.
    """

    folder: Path
    jars: Path
    size: int = 1
    settings: dict[str, str] = field(default_factory=dict)
    secure: bool = False
    nodes: list[Node] = field(default_factory=list)

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    @property
    def secure_bootstrap(self) -> str:
        """What clients that have to show who they are connect to."""
        return ",".join(f"127.0.0.1:{node.secure_port}" for node in self.nodes)

    def format(self) -> None:
        """Writes the properties of all nodes and formats their storage."""
        ports = _free_ports(3 * self.size)
        for index in range(self.size):
            folder = self.folder / f"node-{index + 1}"
            folder.mkdir(parents=True)
            port, secure_port, controller_port = ports[3 * index : 3 * index + 3]
            self.nodes.append(Node(index + 1, port, secure_port, controller_port, folder))
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        for node in self.nodes:
            (node.folder / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
            properties = node.folder / "server.properties"
            lines = [f"{key}={value}" for key, value in self._properties(node).items()]
            properties.write_text("\n".join(lines) + "\n", encoding="utf-8")
            command = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{self.jars}/*"]
            command += ["kafka.tools.StorageTool", "format", "-t", cluster_id]
            done = subprocess.run(
                [*command, "-c", str(properties)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr

    def _security(self, node: Node) -> dict[str, str]:
        login = "org.apache.kafka.common.security.plain.PlainLoginModule"
        return {
            "listeners": f"PLAINTEXT://127.0.0.1:{node.port},"
            f"SASL_PLAINTEXT://127.0.0.1:{node.secure_port},"
            f"CONTROLLER://127.0.0.1:{node.controller_port}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,"
            "SASL_PLAINTEXT:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": f"{login} required "
            f'user_detector="{PASSWORD}";',
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }

    def _properties(self, node: Node) -> dict[str, str]:
        copies = min(self.size, 3)
        return {
            "process.roles": "broker,controller",
            "node.id": str(node.id),
            "listeners": f"PLAINTEXT://127.0.0.1:{node.port},"
            f"CONTROLLER://127.0.0.1:{node.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "controller.quorum.voters": ",".join(
                f"{each.id}@127.0.0.1:{each.controller_port}" for each in self.nodes
            ),
            "log.dirs": str(node.folder / "data"),
            "offsets.topic.replication.factor": str(copies),
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": str(copies),
            "transaction.state.log.min.isr": str(max(1, copies - 1)),
            "transaction.state.log.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "broker.session.timeout.ms": "2000",  # a killed one may come back so soon
            "broker.heartbeat.interval.ms": "500",
            "auto.create.topics.enable": "false",  # a missing topic is really missing
            **(self._security(node) if self.secure else {}),
            **self.settings,
        }

    def start(self) -> None:
        """Starts all nodes and waits until each accepts connections."""
        for node in self.nodes:
            node.start(self.jars)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not all(node.is_listening() for node in self.nodes):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the broker did not listen within {START_TIMEOUT_S} s")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends all nodes; SIGKILL takes the broker away without a farewell."""
        for node in self.nodes:
            node.stop(how)


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    size: int = 1,
    secure: bool = False,
    settings: dict[str, str] | None = None,
) -> Iterator[Cluster]:
    """A cluster of *size* nodes with its data under *folder*, stopped at the end.

    Raises BrokerUnavailableError where this machine cannot run one.
    """
    cluster = Cluster(folder, jars(), size, settings or {}, secure)
    cluster.format()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop(signal.SIGKILL)  # its data are thrown away


def _free_ports(count: int) -> Sequence[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


if __name__ == "__main__":
    try:
        print(jars())  # noqa: T201  # a script's answer
    except BrokerUnavailableError as error:
        sys.exit(str(error))
