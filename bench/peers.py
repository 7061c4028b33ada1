"""The servers that Weir is compared with, each as it is started for one measurement. A peer that cannot be started says why."""

import os
import shutil
import signal

import setting
from bench import NotMeasured
from client import get
from cores import SERVER, pin
from processes import Child, free_port
from stage import wait_for_answer, whole_answer

FOLDER = os.path.join(setting.HERE, "peers")
NODE_FOLDER = os.path.join(setting.VAR, "node")
_MODULES = "/usr/lib/nginx/modules"


class Peer:
    def __init__(self, stage, name, argv, port, target, env=None, cores=SERVER):
        self.name = name
        self.port = port
        log = os.path.join(stage.folder, f"{name.replace(' ', '-')}.log")
        # nginx and Varnish must be asked to end, should this process die: their children would outlive a SIGKILL.
        self.child = Child(argv, log, env=env, death_signal=signal.SIGTERM)
        try:
            wait_for_answer(port, target)
        except AssertionError:
            why = self.child.log().strip().splitlines()[-1:] or ["it does not answer"]
            self.child.kill()
            raise NotMeasured(f"{name}: {why[0]}") from None
        pin(self.child.pid, cores)
        get(port, target)  # from here on it is a hit

    def stop(self):
        self.child.kill()


def program(name, package):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise NotMeasured(f"{name} is not installed (package {package})")
    return found


def built(name):
    path = os.path.join(setting.BUILD, name)
    if not os.access(path, os.X_OK):
        raise NotMeasured(f"{name} is not built")
    return path


def epoll_loop(stage, origin, target):
    """The bytes that Weir sent, sent by something that knows nothing else."""
    port = free_port()
    answer = whole_answer(origin.port, target).replace(b"Connection: close\r\n", b"")
    file = stage.write(f"answer-{port}", answer)
    return Peer(stage, "epoll loop", [built("weir_epoll_loop"), str(port), file], port, target)


def _nginx(stage, name, file, origin, target, **more):
    port = free_port()
    folder = os.path.join(stage.folder, f"nginx-{port}")
    os.makedirs(folder)
    values = {"PORT": port, "FOLDER": folder, "ORIGIN": origin.port, "MODULES": "",
              "USER": "user root;" if os.geteuid() == 0 else "", **more}
    with open(os.path.join(FOLDER, file)) as source:
        text = source.read()
    for word, value in values.items():
        text = text.replace(f"@{word}@", str(value))
    path = stage.write(f"nginx-{port}.conf", text)
    return Peer(stage, name, [program("nginx", "nginx-light"), "-e", os.path.join(folder, "error.log"), "-c", path], port, target)


def nginx_return(stage, origin, target):
    """A parameter of nginx's configuration has at most 4 KiB, so a long body is put together from variables."""
    body = whole_answer(origin.port, target).split(b"\r\n\r\n", 1)[1].decode().replace("\\", "\\\\").replace('"', '\\"')
    if len(body) < 3000:
        return _nginx(stage, "nginx return", "nginx_return.conf", origin, target, SETS="", BODY=body)
    pieces = [body[at:at + 3000] for at in range(0, len(body), 3000)]
    sets = "\n".join(f'set $piece{n} "{piece}";' for n, piece in enumerate(pieces))
    whole = "".join(f"$piece{n}" for n in range(len(pieces)))
    return _nginx(stage, "nginx return", "nginx_return.conf", origin, target, SETS=sets, BODY=whole)


def nginx_proxy_cache(stage, origin, target):
    return _nginx(stage, "nginx proxy_cache", "nginx_proxy_cache.conf", origin, target)


def nginx_lua(stage, origin, target):
    module = os.path.join(_MODULES, "ngx_http_lua_module.so")
    if not os.path.exists(module):
        raise NotMeasured("nginx has no Lua module (package libnginx-mod-http-lua)")
    modules = f"load_module {_MODULES}/ndk_http_module.so;\nload_module {module};"
    return _nginx(stage, "nginx Lua", "nginx_lua.conf", origin, target, MODULES=modules)


def varnish(stage, origin, target):
    port = free_port()
    with open(os.path.join(FOLDER, "varnish.vcl")) as source:
        vcl = stage.write(f"varnish-{port}.vcl", source.read().replace("@ORIGIN@", str(origin.port)))
    folder = os.path.join(stage.folder, f"varnish-{port}")
    argv = [program("varnishd", "varnish"), "-F", "-j", "none", "-n", folder, "-a", f"127.0.0.1:{port}", "-f", vcl,
            "-s", "malloc,64m", "-T", "none"]
    return Peer(stage, "Varnish", argv, port, target)


def fastify(stage, _origin, target):
    if not os.path.isdir(os.path.join(NODE_FOLDER, "node_modules", "fastify")):
        raise NotMeasured("npm could not install fastify, see var/log/bench-npm.log")
    port = free_port()
    env = {"PATH": os.environ["PATH"], "PORT": str(port), "REDIS_URL": stage.redis.url,
           "POSTGRES_URL": stage.postgres.url, "NODE_ENV": "production"}
    argv = [program("node", "nodejs"), os.path.join(NODE_FOLDER, "server.js")]
    return Peer(stage, "Node", argv, port, target, env=env)


def start_all(makers, stage, origin, target):
    """({name: peer}, {name: why not}). The names are the makers' own."""
    running, missing = {}, {}
    for make in makers:
        try:
            running[make.__name__] = make(stage, origin, target)
        except NotMeasured as why:
            missing[make.__name__] = str(why)
    return running, missing
