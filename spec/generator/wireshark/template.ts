/** The text of the dissector, with the tables that it is given. */
import type { BusField, BusPlace } from "../../../src/core/capture/bus-record.ts";

type Names = readonly (readonly [number: number, name: string])[];

export interface DissectorTables {
  readonly version: number;
  readonly field: typeof BusField;
  readonly longestStep: number;
  readonly place: typeof BusPlace;
  readonly sides: Names;
  readonly operations: Names;
  readonly places: Names;
  /** Bytes of IDR and ODR. */
  readonly commands: Names;
  readonly statusBits: readonly { readonly mask: number; readonly name: string }[];
  readonly region: readonly { readonly name: string; readonly offset: number; readonly bytes: number }[];
  readonly regionBytes: number;
  /** Of MCTP, on Linux's cooked interfaces. */
  readonly protocol: number;
  readonly messageTypes: Names;
  readonly controlCommands: Names;
  readonly completions: Names;
}

export function dissectorText(tables: DissectorTables): string {
  const { field, place } = tables;
  const status = tables.statusBits.map(({ mask, name }) => ({ mask, name, id: idOf(name) }));
  return `-- Shows the bus of a capture of mctp-lpc (Annex G.8 of the specification), and MCTP in a Wireshark before 4.2.
-- Made by spec/generator/wireshark from the tables of the code: change it there, and run npm run spec.
-- Use: tshark -X lua_script:mctp-lpc.lua -r bus.pcapng, or copy it into Wireshark's folder of plugins.

local SIDES = ${luaTable(tables.sides)}
local OPERATIONS = ${luaTable(tables.operations)}
local PLACES = ${luaTable(tables.places)}
local COMMANDS = ${luaTable(tables.commands)}

---- The bus: link type USER0 ----

local bus = Proto("mctplpc", "MCTP over LPC: bus")
local fields = {
  version = ProtoField.uint8("mctplpc.version", "Format version"),
  side = ProtoField.uint8("mctplpc.side", "Side", base.DEC, SIDES),
  operation = ProtoField.uint8("mctplpc.operation", "Operation", base.DEC, OPERATIONS),
  place = ProtoField.uint8("mctplpc.place", "Place", base.DEC, PLACES),
  offset = ProtoField.uint32("mctplpc.offset", "Offset in the window", base.HEX),
  length = ProtoField.uint32("mctplpc.length", "Bytes accessed"),
  row = ProtoField.uint32("mctplpc.row", "Row of the trace"),
  step = ProtoField.string("mctplpc.step", "Step"),
  value = ProtoField.bytes("mctplpc.value", "Value"),
  command = ProtoField.uint8("mctplpc.command", "Command", base.HEX, COMMANDS),
  str = ProtoField.uint8("mctplpc.str", "STR", base.HEX),
${status.map(({ id, name, mask }) => `  str_${id} = ProtoField.bool("mctplpc.str.${id}", "${name}", 8, nil, ${hex(mask)}),`).join("\n")}
${tables.region.map(({ name, bytes }) => `  region_${name} = ProtoField.uint${String(8 * bytes)}("mctplpc.region.${name}", "${name}", base.HEX_DEC),`).join("\n")}
}
local list = {}
for _, field in pairs(fields) do table.insert(list, field) end
bus.fields = list
local bad = ProtoExpert.new("mctplpc.bad", "This is no record of an access", expert.group.MALFORMED, expert.severity.ERROR)
bus.experts = { bad }

local STATUS_BITS = { ${status.map(({ id, name, mask }) => `{ ${hex(mask)}, "str_${id}", "${name}" }`).join(", ")} }
local REGION = { ${tables.region.map(({ name, offset, bytes }) => `{ ${String(offset)}, ${String(bytes)}, "region_${name}" }`).join(", ")} }

local function nameIn(names, number)
  return names[number] or string.format("%d", number)
end

local function statusText(value)
  local set = {}
  for _, bit_ in ipairs(STATUS_BITS) do
    if bit.band(value, bit_[1]) ~= 0 then table.insert(set, bit_[3]) end
  end
  return #set == 0 and "none" or table.concat(set, ", ")
end

function bus.dissector(buffer, pinfo, tree)
  pinfo.cols.protocol = "LPC"
  local root = tree:add(bus, buffer())
  local size = buffer:len()
  local step = size > ${String(field.STEP)} and buffer(${String(field.STEP_BYTES)}, 1):uint() or 0
  if size < ${String(field.STEP)} or buffer(${String(field.VERSION)}, 1):uint() ~= ${String(tables.version)} or step > ${String(tables.longestStep)} or ${String(field.STEP)} + step > size then
    root:add_proto_expert_info(bad)
    pinfo.cols.info = "no record of an access"
    return size
  end
  local side, operation, place = buffer(${String(field.SIDE)}, 1), buffer(${String(field.OPERATION)}, 1), buffer(${String(field.PLACE)}, 1)
  root:add(fields.version, buffer(${String(field.VERSION)}, 1))
  root:add(fields.side, side)
  root:add(fields.operation, operation)
  root:add(fields.place, place)
  root:add(fields.offset, buffer(${String(field.OFFSET)}, 4))
  root:add(fields.length, buffer(${String(field.LENGTH)}, 4))
  root:add(fields.row, buffer(${String(field.ROW)}, 4))
  if step > 0 then root:add(fields.step, buffer(${String(field.STEP)}, step)) end
  local at = ${String(field.STEP)} + step
  local info = nameIn(SIDES, side:uint()) .. " " .. nameIn(OPERATIONS, operation:uint())
  local where = place:uint()
  if where ~= ${String(place.NONE)} then info = info .. " " .. nameIn(PLACES, where) end
  local left = size - at
  if left > 0 then root:add(fields.value, buffer(at, left)) end
  if where == ${String(place.WINDOW)} then
    local offset = buffer(${String(field.OFFSET)}, 4):uint()
    info = info .. string.format(" 0x%x, %d bytes", offset, buffer(${String(field.LENGTH)}, 4):uint())
    if offset < ${String(tables.regionBytes)} then
      for _, field in ipairs(REGION) do
        local start = field[1] - offset
        if start >= 0 and start + field[2] <= left then root:add(fields[field[3]], buffer(at + start, field[2])) end
      end
    end
  elseif left > 0 and where == ${String(place.STR)} then
    local item = root:add(fields.str, buffer(at, 1))
    for _, bit_ in ipairs(STATUS_BITS) do item:add(fields[bit_[2]], buffer(at, 1)) end
    info = info .. " = " .. statusText(buffer(at, 1):uint())
  elseif left > 0 and (where == ${String(place.IDR)} or where == ${String(place.ODR)}) then
    root:add(fields.command, buffer(at, 1))
    local value = buffer(at, 1):uint()
    info = info .. string.format(" = %02x %s", value, COMMANDS[value] or "unknown")
  end
  if step > 0 then info = info .. " (" .. buffer(${String(field.STEP)}, step):string() .. ")" end
  pinfo.cols.info = info
  return size
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, bus)

---- MCTP, where this Wireshark does not know it ----

-- A version that does not know it gives nothing, or an error.
local isKnown, known = pcall(Dissector.get, "mctp")
if not isKnown or known == nil then
  local TYPES = ${luaTable(tables.messageTypes)}
  local CONTROL = ${luaTable(tables.controlCommands)}
  local COMPLETIONS = ${luaTable(tables.completions)}

  local mctp = Proto("mctp", "Management Component Transport Protocol")
  local m = {
    version = ProtoField.uint8("mctp.version", "Header version", base.DEC, nil, 0x0f),
    dst = ProtoField.uint8("mctp.dst", "Destination EID"),
    src = ProtoField.uint8("mctp.src", "Source EID"),
    som = ProtoField.bool("mctp.som", "Start of message", 8, nil, 0x80),
    eom = ProtoField.bool("mctp.eom", "End of message", 8, nil, 0x40),
    seq = ProtoField.uint8("mctp.seq", "Packet sequence", base.DEC, nil, 0x30),
    to = ProtoField.bool("mctp.to", "Tag owner", 8, nil, 0x08),
    tag = ProtoField.uint8("mctp.tag", "Tag", base.DEC, nil, 0x07),
    ic = ProtoField.bool("mctp.ic", "Integrity check", 8, nil, 0x80),
    type = ProtoField.uint8("mctp.type", "Message type", base.HEX, TYPES, 0x7f),
    payload = ProtoField.bytes("mctp.payload", "Payload"),
    rq = ProtoField.bool("mctp.control.rq", "Request", 8, nil, 0x80),
    datagram = ProtoField.bool("mctp.control.d", "Datagram", 8, nil, 0x40),
    instance = ProtoField.uint8("mctp.control.instance", "Instance id", base.DEC, nil, 0x1f),
    command = ProtoField.uint8("mctp.control.command", "Command", base.HEX, CONTROL),
    completion = ProtoField.uint8("mctp.control.completion", "Completion code", base.HEX, COMPLETIONS),
  }
  local all = {}
  for _, field in pairs(m) do table.insert(all, field) end
  mctp.fields = all
  local short = ProtoExpert.new("mctp.short", "Shorter than a header", expert.group.MALFORMED, expert.severity.ERROR)
  mctp.experts = { short }

  function mctp.dissector(buffer, pinfo, tree)
    pinfo.cols.protocol = "MCTP"
    local size = buffer:len()
    local root = tree:add(mctp, buffer())
    if size < 4 then
      root:add_proto_expert_info(short)
      return size
    end
    root:add(m.version, buffer(0, 1))
    root:add(m.dst, buffer(1, 1))
    root:add(m.src, buffer(2, 1))
    for _, field in ipairs({ m.som, m.eom, m.seq, m.to, m.tag }) do root:add(field, buffer(3, 1)) end
    local info = string.format("%d -> %d", buffer(2, 1):uint(), buffer(1, 1):uint())
    local starts = buffer(3, 1):bitfield(0, 1) == 1
    if size > 4 then root:add(m.payload, buffer(4)) end
    if starts and size > 4 then
      root:add(m.ic, buffer(4, 1))
      root:add(m.type, buffer(4, 1))
      local kind = buffer(4, 1):bitfield(1, 7)
      info = info .. ", " .. (TYPES[kind] or string.format("type 0x%02x", kind))
      if kind == 0 and size >= 7 then
        root:add(m.rq, buffer(5, 1))
        root:add(m.datagram, buffer(5, 1))
        root:add(m.instance, buffer(5, 1))
        root:add(m.command, buffer(6, 1))
        local isRequest = buffer(5, 1):bitfield(0, 1) == 1
        info = info .. ": " .. nameIn(CONTROL, buffer(6, 1):uint()) .. (isRequest and " request" or " response")
        if not isRequest and size >= 8 then
          root:add(m.completion, buffer(7, 1))
          info = info .. ", " .. nameIn(COMPLETIONS, buffer(7, 1):uint())
        end
      end
    elseif not starts then
      info = info .. ", goes on"
    end
    pinfo.cols.info = info
    return size
  end

  DissectorTable.get("sll.ltype"):add(${hex(tables.protocol)}, mctp)
end
`;
}

function luaTable(names: Names): string {
  return `{ ${names.map(([number, name]) => `[${String(number)}] = ${JSON.stringify(name)}`).join(", ")} }`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** "BMC Active" as part of the name of a filter: "bmc_active". */
function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}
