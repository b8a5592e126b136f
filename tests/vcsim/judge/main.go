// An independent client that judges the practice vCenter: govmomi's, which shares nothing with pyVmomi.
//
// It logs in at the address it is given, takes one node through power and snapshots as a person with another tool
// would, and prints what it saw as JSON.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/url"
	"os"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/event"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type seen struct {
	Identity     string
	Machines     []string
	InstanceUUID string
	Power        string
	Tools        string
	Cards        []string
	Datastore    string
	Snapshot     string
	OffAgain     string
	Children     int
	Events       []string
	Viewed       int
}

func main() {
	log.SetFlags(0)
	ctx := context.Background()
	address, err := url.Parse(os.Args[1])
	must(err)
	client, err := govmomi.NewClient(ctx, address, true)
	must(err)
	told := seen{Identity: client.ServiceContent.About.InstanceUuid}

	finder := find.NewFinder(client.Client, true)
	machines, err := finder.VirtualMachineList(ctx, "/DC1/vm/XMS/*")
	must(err)
	for _, each := range machines {
		told.Machines = append(told.Machines, each.InventoryPath)
	}
	machine, err := finder.VirtualMachine(ctx, os.Args[2])
	must(err)
	told.read(ctx, machine)

	done(machine.PowerOff(ctx))
	again, err := machine.PowerOff(ctx)
	must(err)
	if err := again.Wait(ctx); err != nil {
		told.OffAgain = err.Error()
	}
	first, err := machine.CreateSnapshot(ctx, "first", "text", false, false)
	must(err)
	info, err := first.WaitForResult(ctx, nil)
	must(err)
	made, isReference := info.Result.(types.ManagedObjectReference)
	if !isReference {
		log.Fatalf("the task's result is %T", info.Result)
	}
	told.Snapshot = made.Value
	done(machine.CreateSnapshot(ctx, "second", "", false, false))
	done(machine.RevertToSnapshot(ctx, "first", true))
	var after mo.VirtualMachine
	must(machine.Properties(ctx, machine.Reference(), []string{"snapshot"}, &after))
	told.Children = len(after.Snapshot.RootSnapshotList[0].ChildSnapshotList)
	keep := false
	done(machine.RemoveSnapshot(ctx, "first", true, &keep))
	done(machine.PowerOn(ctx))
	told.listen(ctx, client, machine)
	told.view(ctx, client)
	must(client.Logout(ctx))
	must(json.NewEncoder(os.Stdout).Encode(told))
}

func (told *seen) read(ctx context.Context, machine *object.VirtualMachine) {
	var vm mo.VirtualMachine
	wanted := []string{"config", "runtime", "guest", "summary", "snapshot", "datastore", "network", "recentTask"}
	must(machine.Properties(ctx, machine.Reference(), wanted, &vm))
	told.InstanceUUID = vm.Config.InstanceUuid
	told.Power = string(vm.Runtime.PowerState)
	told.Tools = vm.Guest.ToolsRunningStatus
	told.Datastore = vm.Datastore[0].Value
	for _, device := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualEthernetCard)(nil)) {
		told.Cards = append(told.Cards, device.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard().MacAddress)
	}
}

func (told *seen) listen(ctx context.Context, client *govmomi.Client, machine *object.VirtualMachine) {
	events, err := event.NewManager(client.Client).QueryEvents(ctx, types.EventFilterSpec{
		MaxCount: 100,
		Entity: &types.EventFilterSpecByEntity{
			Entity:    machine.Reference(),
			Recursion: types.EventFilterSpecRecursionOptionSelf,
		},
	})
	must(err)
	for _, each := range events {
		switch each.(type) {
		case *types.VmPoweredOnEvent:
			told.Events = append(told.Events, "on")
		case *types.VmPoweredOffEvent:
			told.Events = append(told.Events, "off")
		default:
			log.Fatalf("an event of type %T", each)
		}
	}
}

func (told *seen) view(ctx context.Context, client *govmomi.Client) {
	everything := client.ServiceContent.RootFolder
	listed, err := view.NewManager(client.Client).CreateContainerView(ctx, everything, []string{"VirtualMachine"}, true)
	must(err)
	var machines []mo.VirtualMachine
	must(listed.Retrieve(ctx, []string{"VirtualMachine"}, []string{"name"}, &machines))
	told.Viewed = len(machines)
	must(listed.Destroy(ctx))
}

func done(task *object.Task, err error) {
	must(err)
	must(task.Wait(context.Background()))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
